"""Which package brought a module, as the folder tells that packages were installed to."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

_ENDING = ".dist-info"
_SEPARATORS = re.compile(r"[-_.]+")


def is_for_packages(folder: Path) -> bool:
    """Whether nothing but what is installed lies in this folder of the import path."""
    return folder.name in ("site-packages", "dist-packages")


def distribution_of(folder: Path, file: str) -> str:
    """Name and version of the package that brought `file`, relative to `folder`; empty where none says so.

    The packages' records of files are what counts: `yaml` is of PyYAML, and a folder that packages were put
    into may hold a user's files as well. That of the module's own name is read first, mostly no other.
    """
    top = _plain(file.partition("/")[0].partition(".")[0])
    told = sorted(_listed(folder), key=lambda one: (_plain(one.partition("-")[0]) != top, one))
    return _found(folder, file, tuple(told))


@lru_cache(1024)
def _found(folder: Path, file: str, told: tuple[str, ...]) -> str:
    line = b"\n%s," % file.encode()
    for one in told:
        with suppress(OSError):
            record = (folder / f"{one}{_ENDING}" / "RECORD").read_bytes()
            if line in b"\n" + record:
                name, _, version = one.partition("-")
                return f"{_plain(name)} {version}"
    return ""


def _listed(folder: Path) -> tuple[str, ...]:
    try:
        return _names(folder, folder.stat().st_mtime_ns)
    except OSError:
        return ()


@lru_cache(64)
def _names(folder: Path, changed: int) -> tuple[str, ...]:
    return tuple(sorted(one.name.removesuffix(_ENDING) for one in folder.glob(f"*{_ENDING}")))


def _plain(name: str) -> str:
    """A name as it is compared: by the specification of names of Python's packages.

    >>> _plain("Math_Verify")
    'math-verify'
    """
    return _SEPARATORS.sub("-", name).lower()
