"""How a run stands, in a few lines: while it goes on by what it says of itself, afterwards by its ledger."""

from __future__ import annotations

import json
import time
from typing import Any

from rich.table import Table

from winnow.pipelines.folder import RunFolder
from winnow.pipelines.hold import Owner, owner_of
from winnow.pipelines.live.snapshot import Snapshot, read_snapshot
from winnow.pipelines.live.words import clock, cost, named, problems, rows, slow, time_left, waiting
from winnow.pipelines.terminal import out, printable

_SILENT = 10.0  # seconds after which it is told how old a snapshot is
_EVENTS = 5


def show_status(folder: RunFolder) -> None:
    """Print the state of a run; reading takes no lock and writes nothing, so a running one can be asked."""
    manifest = folder.read_manifest() or {}
    name = manifest.get("name", folder.path.name)
    table = Table("", "", show_header=False, box=None, pad_edge=False)
    owner = folder.owner()
    if owner is None:
        _add_ended(table, folder, name)
    else:
        seen = live_snapshot(folder, owner)
        table.add_row("run", named(f"{name} ({told_running(owner, seen)})", 200))
        if seen is not None:
            _add_seen(table, seen)
    _add_files(table, folder, manifest)
    out.print(table)


def live_snapshot(folder: RunFolder, owner: Owner) -> Snapshot | None:
    """What the process that holds the folder says of itself; None where it has not said anything yet."""
    if (home := folder.home) and owner_of(folder.path) is None:
        home.fetch_progress()  # it goes on elsewhere
    seen = read_snapshot(folder.progress)
    return seen if seen is not None and (seen.pid, seen.host) == (owner.pid, owner.host) else None


def told_running(owner: Owner, seen: Snapshot | None) -> str:
    """What a run that goes on does, and when it said so where that is long ago."""
    who = f"process {owner.pid} on {owner.host}"
    if seen is None:
        return f"running: {who}"
    if seen.phase == "ended":
        return "running: at its end"
    phase, silent = f"running: {seen.phase}", time.time() - seen.at
    return phase if silent < _SILENT else f"{phase}; {who}, silent for {clock(silent)}"


def state_of(folder: RunFolder) -> str:
    """How a run that goes on no more has ended."""
    import polars as pl

    from winnow.steps.ledger import Ledger
    from winnow.steps.ledger.schema import RUN_FINISHED, RUN_STARTED

    events = Ledger(folder.ledger).scan("events")
    ends = (RUN_FINISHED, "run_stopped", RUN_STARTED)
    ended = events.filter(pl.col("kind").is_in(ends)).sort("created_at").tail(1).collect()
    if ended.is_empty():
        return "not begun"
    last: dict[str, Any] = ended.row(0, named=True)
    told = json.loads(last["data"])
    if last["kind"] == "run_started":
        return "killed; `winnow run` goes on from here"
    if last["kind"] == "run_stopped":
        return printable(f"stopped: {told['why']}", 300)
    unpaid = told.get("counts", {}).get("unpaid")
    owed = f"; {unpaid:,} rewards of judges are owed" if unpaid else ""
    return f"stopped: {told['halt']}{owed}" if told.get("halt") else "done"


def counts_in(folder: RunFolder) -> dict[str, int | float]:
    """What the ledger holds, as its own verifier judges it: in a large one this takes a while."""
    from winnow.steps.ledger import Ledger
    from winnow.steps.report.counts import counts_of
    from winnow.verifiers import load

    return counts_of(Ledger(folder.ledger), load(folder.read_recipe().verify).fingerprint)


def _add_ended(table: Table, folder: RunFolder, name: str) -> None:
    from winnow.steps.engine.batch.spool import count_out

    table.add_row("run", named(f"{name} ({state_of(folder)})", 400))
    for what, count in counts_in(folder).items():
        table.add_row(what, f"{count:,}")
    if out_there := count_out(folder.batches):
        table.add_row("batches out", f"{out_there:,}")


def _add_seen(table: Table, seen: Snapshot) -> None:
    """What this run did so far."""
    left = " · ".join(part for part in (clock(seen.seconds), time_left(seen)) if part)
    lines = {
        "problems": problems(seen).replace(" problems", ""),
        "time": left,
        "completions": _of_all(seen, seen.completions),
        "tokens out": f"{seen.tokens:,} ({seen.rate:,.0f} a second)" if seen.tokens else "",
        **{status: f"{count:,}" for status, count in seen.verdicts.items()},
        "failed": f"{seen.failed:,}" if seen.failed else "",
        "rows": rows(seen).removesuffix(" rows"),
        "cost": cost(seen),
        "batches out": f"{seen.batches:,}" if seen.batches else "",
        "waiting": waiting(seen),
        "slow": " · ".join(slow(seen)),
    }
    for what, told in lines.items():
        if told:
            table.add_row(what, told)
    for one in seen.servers if len(seen.servers) > 1 else ():
        told = f"{one.rate:,.0f} tokens/s, {one.in_flight}/{one.limit} in flight"
        table.add_row("server", f"{named(one.name)}: {told if one.up else named(one.trouble or 'down', 200)}")
    for event in seen.events[-_EVENTS:]:
        at = time.strftime("%H:%M:%S", time.localtime(event.at))
        table.add_row("event", f"{at} {named(event.text, 200)}")


def _of_all(seen: Snapshot, count: int) -> str:
    return f"{count:,}" + (f", with those of earlier runs {seen.before + count:,}" if seen.before else "")


def _add_files(table: Table, folder: RunFolder, manifest: dict[str, Any]) -> None:
    for file in manifest.get("build", {}).get("files", []):
        below = f"builds/{manifest['build']['id']}" if folder.home else "datasets"
        path = f"{folder.named}/{below}/{file['path']}"
        table.add_row("dataset", printable(f"{path} ({file['rows']} rows)"))
