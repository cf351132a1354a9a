"""The folder of a mix: nobody else's, and written by one at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from winnow.steps.build.place import BUILDS, LINK, PREVIOUS
from winnow.steps.errors import LockedError, UsageError

_LOCK = "lock"
_LINKS = {LINK, PREVIOUS}
_BUILD = re.compile(r"\.\d+|[0-9a-f]{32}")  # one that is being written, or is finished


def examine_out(out: Path) -> None:
    """See that a mix may be written to `out`: nothing is there, a mix, or what is left of one that broke off.

    Raises:
        UsageError: something else is there.
    """
    if not out.exists() or (out.is_dir() and all(map(_is_left, out.iterdir()))):
        return
    try:
        told = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        told = {}
    if not isinstance(told, dict) or "mix" not in told:
        raise UsageError(f"{out} is there and is no mix: name another folder")


@contextmanager
def held(out: Path) -> Iterator[None]:
    """Hold the folder, so that no other mix is written to it; let go even when killed.

    Raises:
        LockedError: another mix holds it.
    """
    from filelock import FileLock, Timeout

    out.mkdir(parents=True, exist_ok=True)
    lock = FileLock(out / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise LockedError(f"another mix is being written to {out}: wait for it, or end it") from None
    try:
        yield
    finally:
        lock.release()


def _is_left(path: Path) -> bool:
    if path.name == BUILDS and path.is_dir():
        return all(_BUILD.fullmatch(one.name) for one in path.iterdir())
    return (
        path.name == _LOCK
        or path.name.startswith(".manifest.")
        or (path.name in _LINKS and path.is_symlink())
    )
