"""What a run's ledger holds, in a few lines."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
from rich.table import Table

from winnow.pipelines.folder import RunFolder
from winnow.pipelines.terminal import out, printable
from winnow.steps.engine.batch.spool import count_out
from winnow.steps.ledger import Ledger
from winnow.steps.report.counts import counts_of
from winnow.verifiers import load

_ENDS = ("run_finished", "run_stopped", "run_started")


def show_status(folder: RunFolder) -> None:
    """Print the state of a run; reading takes no lock, so a running one can be asked."""
    manifest = folder.read_manifest() or {}
    ledger = Ledger(folder.ledger)
    verifier = load(folder.read_recipe().verify).fingerprint
    table = Table("", "", show_header=False, box=None, pad_edge=False)
    table.add_row("run", f"{manifest['name']} ({_state(folder, ledger)})")
    for what, count in counts_of(ledger, verifier).items():
        table.add_row(what, f"{count:,}")
    if out_there := count_out(folder.batches):
        table.add_row("batches out", f"{out_there:,}")
    for file in manifest.get("build", {}).get("files", []):
        table.add_row(
            "dataset", printable(f"{folder.path / 'datasets' / file['path']} ({file['rows']} rows)")
        )
    out.print(table)


def _state(folder: RunFolder, ledger: Ledger) -> str:
    if folder.is_held():
        return "running"
    ended = ledger.scan("events").filter(pl.col("kind").is_in(_ENDS)).sort("created_at").tail(1).collect()
    if ended.is_empty():
        return "not begun"
    last: dict[str, Any] = ended.row(0, named=True)
    told = json.loads(last["data"])
    if last["kind"] == "run_started":
        return "killed; `winnow run` goes on from here"
    if last["kind"] == "run_stopped":
        return printable(f"stopped: {told['why']}", 300)
    return f"stopped: {told['halt']}" if told.get("halt") else "done"
