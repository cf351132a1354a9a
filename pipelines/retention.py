"""Whole runs that nobody wrote to for long: which may go, why others stay, and how they go.

A run goes in one step, by a new name below `.gc` beside it, where nobody looks for runs; its files are
deleted there. What a kill leaves there the next `winnow gc` deletes.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from winnow.pipelines.belongings import Belongings, belongings_of, strange_export
from winnow.pipelines.folder import RunFolder
from winnow.pipelines.hold import Hold
from winnow.pipelines.needs import Needs
from winnow.pipelines.terminal import err, out, printable
from winnow.pipelines.versions import Versions
from winnow.steps.engine.batch.spool import records_of
from winnow.steps.errors import MissingError, WinnowError
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.resume import spent
from winnow.steps.review.sent import is_out

GONE = ".gc"
_GONE = re.compile(r".+\.[0-9a-f]{16}")
_DAY = 86_400.0
_SAMPLED = ("problems", "completions", "reviews")


@dataclass(frozen=True, slots=True)
class Old:
    """A run that may go: what lies in it, how many rows `_SAMPLED` has, and what these took."""

    folder: RunFolder
    found: Belongings
    sampled: tuple[int, ...]
    tokens: int
    money: float


def retire(runs: Sequence[RunFolder], days: int, *, delete: bool) -> list[RunFolder]:
    """Tell which of these runs nobody wrote to for so many days, with what was sampled in them, and delete
    them where told to. It is said of each that is as old why it stays.

    Returns:
        Those that went, or would.

    Raises:
        MissingError: one that went cannot be deleted to its end: the next one goes on with it.
    """
    needs = {place: Needs(place) for place in {run.path.parent for run in runs}}
    found = [old for run in runs if (old := _old(run, days, needs[run.path.parent])) is not None]
    if not found:
        return []
    out.print(_table(found))
    if not delete:
        err.print("whole runs, which nothing brings back: none was deleted, --yes does it", soft_wrap=True)
        return [one.folder for one in found]
    gone = [one.folder for one in found if _is_taken_away(one.folder, days, needs[one.folder.path.parent])]
    for place in {run.path.parent for run in gone}:
        finish(place)
    err.print(f"whole runs that were deleted: {len(gone)}")
    return gone


def finish(runs: Path, *, delete: bool = True) -> int:
    """Delete what is left below a folder of runs whose deletion broke off, where told to; how many they are.

    Raises:
        MissingError: something cannot be deleted.
    """
    gone = runs / GONE
    if gone.is_symlink() or not gone.is_dir():
        return 0
    left = [path for path in sorted(gone.iterdir()) if _GONE.fullmatch(path.name) and not path.is_symlink()]
    if delete:
        for path in left:
            _delete(path)
        with suppress(OSError):  # where anything else lies in it, it stays
            gone.rmdir()
    return len(left)


def _old(run: RunFolder, days: int, needs: Needs) -> Old | None:
    """The run, if it is old and may go; why it stays, though it is old, is said."""
    try:
        if run.path.is_symlink():
            why = "it is a link, and no link is followed"
        elif not _is_over((found := belongings_of(run.path)).used, days):
            return None
        elif run.home is not None:
            why = "its home is an object store"
        elif (owner := run.owner()) is not None:
            why = f"it is held: {owner.told}"
        elif not (why := _needed(run, found, needs)):
            ledger = Ledger(run.ledger)
            took = spent(ledger)
            return Old(run, found, tuple(map(ledger.height, _SAMPLED)), took.tokens, took.money)
    except Exception as broken:  # noqa: BLE001 - of what cannot be read nobody knows what it is worth
        why = f"it cannot be read: {broken}"
    _stays(run, why)
    return None


def _needed(run: RunFolder, found: Belongings, needs: Needs) -> str:
    """Why a run stays, however old it is; empty where nothing speaks for it.

    Raises:
        WinnowError: what it tells of itself cannot be read.
    """
    manifest = run.read_manifest() or {}
    places = sorted({place for one in Versions.of(run).found for place in one.published})
    if places or manifest.get("published"):
        return f"a build of it is published{': ' if places else ''}{', '.join(places)}"
    if told := _promised(manifest):
        return f"its recipe has publish.{told}, and what is built may still go there"
    if batches := records_of(run.batches):
        return f"batches are with a provider, or were not read yet: {len(batches)}"
    if is_out(run.path):
        return "people have rows of it before them: `winnow review pull` reads what they say"
    if needing := needs.of(run.path):
        return f"{needing} is made of it, or reads a file of it"
    if strange := found.strange or strange_export(run.path):
        return f"{strange} is not winnow's, or was changed: move it away"
    return ""


def _promised(manifest: dict[str, Any]) -> str:
    """The key of the recipe's `publish` that says where builds go, if any does."""
    publish = manifest["recipe"].get("publish")
    told = publish if isinstance(publish, dict) else {}
    return next((key for key in ("hub", "to", "argilla") if told.get(key)), "")


def _stays(run: RunFolder, why: str) -> None:
    err.print(printable(f"{run.path} stays: {why}"), soft_wrap=True)


def _is_over(used: float, days: int) -> bool:
    return time.time() - used > days * _DAY


def _is_taken_away(run: RunFolder, days: int, needs: Needs) -> bool:
    """Whether the run went. It is looked at again while it is held: somebody may have come meanwhile."""
    try:
        before = run.path.lstat()
        with Hold(run.path):
            found = belongings_of(run.path)
            is_over = _is_over(max(found.written, before.st_mtime), days)
            why = _needed(run, found, needs) if is_over else "somebody wrote to it a moment ago"
            if not why:
                _move(run.path)
                return True
        os.utime(run.path, ns=(before.st_atime_ns, before.st_mtime_ns))  # that we held it was no use of it
    except (WinnowError, OSError) as broken:
        why = str(broken)
    _stays(run, why)
    return False


def _move(run: Path) -> None:
    gone = run.parent / GONE
    gone.mkdir(exist_ok=True)
    if gone.is_symlink():
        raise MissingError(f"{gone} is a link, and no link is followed: move it away")
    run.rename(gone / f"{run.name}.{secrets.token_hex(8)}")


def _delete(path: Path) -> None:
    while path.exists():
        try:
            shutil.rmtree(path)
        except FileNotFoundError:  # another one is at it
            continue
        except OSError as broken:
            raise MissingError(
                f"{path} cannot be deleted: {broken}. Mend that: `winnow gc --yes` goes on with it"
            ) from None


def _table(found: Sequence[Old]) -> Table:
    table = Table("whole run", "last used", *_SAMPLED, "tokens", "cost", "bytes", box=None, pad_edge=False)
    table.columns[0].overflow = "fold"
    for column in table.columns[1:]:
        column.justify, column.no_wrap = "right", True
    for one in found:
        day = time.strftime("%Y-%m-%d", time.localtime(one.found.used))
        counts = (f"{count:,}" for count in (*one.sampled, one.tokens))
        name = printable(one.folder.path.name, 100)
        table.add_row(name, day, *counts, f"{one.money:,.4f}", f"{one.found.bytes:,}")
    return table
