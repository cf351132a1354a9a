"""What lies in a run's folder: when somebody last wrote there, how much it is, what is not winnow's."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from winnow.pipelines.hold import LOCK, OWNER
from winnow.steps.build.place import LINK, PREVIOUS
from winnow.steps.errors import UsageError
from winnow.steps.export.folder import examine_target
from winnow.steps.ledger.schema import TABLES

_EXPORTS = "exports"
_TOP = r"(manifest|versions|owner|reviews)\.json|reviews\.salt|lock"
_LINKS = f"{LINK}|{PREVIOUS}"
_FILES = re.compile(
    "|".join(
        (
            _TOP,
            rf"\.({_TOP})\.[0-9a-f]+",  # half written
            rf"ledger/({'|'.join(TABLES)})/([\w.-]+\.parquet|_delta_log/[\w.-]+)",
            r"builds/[0-9a-f]{32}/(manifest\.json|dropped\.parquet|[a-z_]+/[a-z]+-\d{5}-of-\d{5}\.parquet)",
            r"builds/\.\d+/.+",
            r"logs/(member-\d+/)*\.?[\w.-]+\.(log|json|pid)(\.\d+)?",
            r"batches/[\w.-]+\.(json|requests|output|errors|begun|part)",
            r"report/(\.?report\.(json|html)(\.\d+)?|plots/\w+\.(png|svg)|report-groups/[\w/-]+\.js)",
            rf"{_EXPORTS}/[^/]+/.+",  # of which each knows its own
        )
    ),
    re.DOTALL,
)
_LINK = re.compile(rf"{_LINKS}|\.({_LINKS})\.\d+")


@dataclass(frozen=True, slots=True)
class Belongings:
    """Of a folder: when it was last written to, in seconds since 1970, by any file of it; by `used` also by
    whoever held it, and wrote nothing; the bytes of its files; and a path that is not winnow's, if any."""

    written: float
    used: float
    bytes: int
    strange: Path | None


def belongings_of(run: Path) -> Belongings:
    """What lies in a run's folder. No link is followed; times are those of files, since emptying a folder is
    no use of it, and of the run's own folder, in which a holder leaves and takes his name."""
    here = run.lstat()
    written, used, size, strange = 0.0, here.st_mtime, 0, None
    for path, found in _found(run):
        name = path.relative_to(run).as_posix()
        if not _is_ours(name, found) or found.st_dev != here.st_dev:
            strange = strange or path
        if not stat.S_ISDIR(found.st_mode):
            size += found.st_size
            used = max(used, found.st_mtime)
            written = written if name in (OWNER, LOCK) else max(written, found.st_mtime)
    return Belongings(written, used, size, strange)


def strange_export(run: Path) -> Path | None:
    """An export to which somebody added something, or in which something was changed: a model that was
    trained there, say."""
    exports = run / _EXPORTS
    for path in sorted(exports.iterdir()) if exports.is_dir() else ():
        try:
            examine_target(path)
        except (UsageError, OSError):
            return path
    return None


def _is_ours(name: str, found: os.stat_result) -> bool:
    if stat.S_ISDIR(found.st_mode):
        return True  # it holds nothing, or what is in it is asked for
    if stat.S_ISLNK(found.st_mode):
        return _LINK.fullmatch(name) is not None
    return stat.S_ISREG(found.st_mode) and _FILES.fullmatch(name) is not None


def _found(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """All that is below a folder, in order; what goes meanwhile is left out."""
    for path in sorted(folder.iterdir()):
        with suppress(FileNotFoundError):
            found = path.lstat()
            yield path, found
            if stat.S_ISDIR(found.st_mode):
                yield from _found(path)
