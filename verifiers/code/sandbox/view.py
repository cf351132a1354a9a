"""What can be seen of this machine from inside: the system, Python, and nothing of anybody's own."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

INSIDE = "/winnow/inside"
"""Where the sandbox finds our own part of it."""
PACKAGES = "/winnow/packages"
"""Where it finds installed packages; their own place may lie where a check has its scratch folder."""
DEVICES = ("null", "zero", "full", "random", "urandom")
_SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_SETTINGS = ("/etc/alternatives", "/etc/ld.so.cache", "/etc/ocamlfind.conf", "/etc/ocamlfind.conf.d")


@dataclass(frozen=True, slots=True)
class View:
    """Folders and files that are shown read-only, by their place inside, and symbolic links."""

    shown: dict[str, str]
    links: dict[str, str]

    @property
    def python(self) -> str:
        """The interpreter as the inside calls it."""
        return interpreter()

    def parents(self) -> list[str]:
        """Folders that must be made for what is shown, outermost first."""
        return sorted({str(one) for place in self.shown for one in Path(place).parents if str(one) != "/"})


def view(*, packages: bool) -> View:
    """What to show; with the installed packages where `packages` is set."""
    shown = {"/usr": "/usr", INSIDE: str(Path(__file__).parent / "inside")}
    links = {}
    for name in _SYSTEM:
        place = Path("/", name)
        if place.is_symlink():
            links[f"/{name}"] = str(place.readlink())
        elif place.is_dir():
            shown[f"/{name}"] = str(place)
    site = sysconfig.get_path("purelib") if packages else None
    extra = (*_SETTINGS, *_python())
    shown |= {one: one for one in extra if not one.startswith("/usr/") and Path(one).exists()}
    if site:
        shown[PACKAGES] = site
    return View(shown, links)


def interpreter() -> str:
    """The interpreter itself, whatever virtual environment we are in."""
    found = getattr(sys, "_base_executable", None) or sys.executable
    return str(Path(found).resolve())


def _python() -> Iterator[str]:
    for one in {os.path.realpath(sys.base_prefix), os.path.realpath(sys.base_exec_prefix)}:
        if one not in ("/", "/usr"):
            yield one
