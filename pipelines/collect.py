"""What of a run nobody needs any more: builds that broke off, versions of builds, files of the ledger."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.table import Table

from winnow.pipelines.folder import PROGRESS, RunFolder
from winnow.pipelines.notify import LAST
from winnow.pipelines.settled import moved
from winnow.pipelines.terminal import err, out, printable
from winnow.pipelines.versions import Version, Versions
from winnow.steps.build.place import BUILDS, LINK, PREVIOUS
from winnow.steps.errors import LockedError
from winnow.steps.ledger import Ledger

_DAY = 86_400.0
_STATE = (PROGRESS, LAST, "probes.json")  # in `logs`, and no logs


@dataclass(slots=True)
class Waste:
    """What may go of one run: folders and files, versions, and how many files of the ledger's tables."""

    folder: RunFolder
    paths: list[Path] = field(default_factory=list)
    bytes: int = 0  # of the folders and files
    versions: list[Version] = field(default_factory=list)
    kept: list[Version] = field(default_factory=list)
    unused: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.paths or self.versions or self.unused)


def collect_garbage(runs: list[RunFolder], keep: int, days: int, *, delete: bool) -> bool:
    """Tell what nobody needs of these runs, and delete it where told to.

    The datasets and those before them stay, and so do `keep` versions of builds and all that were published,
    with the files of the ledger that they are made from.

    Returns:
        Whether there was anything.

    Raises:
        LockedError: the one run that was named is held.
    """
    table = Table("run", "builds, logs", "bytes", "versions", "files of the ledger")
    for column in table.columns[1:]:
        column.justify = "right"
    for folder in runs:
        try:
            found = _collected(folder, keep, days) if delete else waste_of(folder, keep, days)
        except LockedError as held:
            if len(runs) == 1:
                raise
            err.print(printable(str(held)), soft_wrap=True)
            continue
        if not found.is_empty:
            numbers = (len(found.paths), found.bytes, len(found.versions), found.unused)
            table.add_row(printable(folder.path.name), *(f"{number:,}" for number in numbers))
    if not table.row_count:
        return False
    out.print(table)
    err.print("deleted" if delete else "nothing was deleted: --yes does it")
    return True


def waste_of(folder: RunFolder, keep: int, days: int) -> Waste:
    """What may go of a run; nothing is changed."""
    known = Versions.of(folder)
    used = {_target(folder.path / link) for link in (LINK, PREVIOUS)}
    used.add(str((folder.read_manifest() or {}).get("build", {}).get("id")))  # links are of this machine
    newest = {one.number for one in known.found[-keep:]} if keep else set()
    found = Waste(folder)
    for one in known.found:
        stays = one.published or one.build in used or one.number in newest
        (found.kept if stays else found.versions).append(one)
    found.paths = [*_builds(folder, used), *_leftovers(folder.path), *_logs(folder, days)]
    found.bytes = sum(map(_size, found.paths))
    ledgers = [one.ledger for one in found.kept]
    found.unused = sum(Ledger(folder.ledger).unused(ledgers, days).values())
    return found


def _collected(folder: RunFolder, keep: int, days: int) -> Waste:
    """The same, deleted: what nobody needs now may be what a run that begins then turns to."""
    with folder.held_unnoticed():
        found, ledger = waste_of(folder, keep, days), Ledger(folder.ledger)
        if found.versions:
            known = Versions.of(folder)
            known.found = found.kept
            known.write()
        before, ledgers = ledger.versions(), [one.ledger for one in found.kept]
        ledger.compact(ledgers)
        ledger.unused(ledgers, days, delete=True)
        moved(folder, before)
        _remove(found.paths)
    return found


def _remove(paths: list[Path]) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _builds(folder: RunFolder, used: set[str]) -> Iterator[Path]:
    """Builds beyond a bound, and those that broke off; what is written now is of a process that lives."""
    builds = folder.path / BUILDS
    for path in sorted(builds.iterdir()) if builds.is_dir() else ():
        writer = path.name.removeprefix(".")
        if path.name not in used and not (path.name.startswith(".") and _lives(writer)):
            yield path


def _leftovers(run: Path) -> Iterator[Path]:
    """Files that were half written when a process was killed, a day ago or longer."""
    for path in sorted(run.glob(".*.*")):
        writer = path.name.rpartition(".")[2]
        if path.is_file() and writer.isdecimal() and not _lives(writer) and _age(path) > _DAY:
            yield path


def _logs(folder: RunFolder, days: int) -> Iterator[Path]:
    for path in sorted(folder.logs.iterdir()) if folder.logs.is_dir() else ():
        if path.is_file() and path.name not in _STATE and _age(path) > days * _DAY:
            yield path


def _target(link: Path) -> str:
    return link.readlink().name if link.is_symlink() else ""


def _lives(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return True
    except (OSError, ValueError, OverflowError):
        return False
    return True


def _age(path: Path) -> float:
    return time.time() - path.stat().st_mtime


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
