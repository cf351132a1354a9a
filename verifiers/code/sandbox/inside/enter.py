"""Shutting a forkserver in without bubblewrap: fresh namespaces, and a root that shows what it may.

It is for machines that have no bubblewrap and let us make namespaces; where they do not, this fails, and
says at which step.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from .kernel import (
    BIND,
    NAMESPACES,
    NEW_USER,
    NO_DEVICES,
    NO_SUID,
    PRIVATE,
    READ_ONLY,
    RECURSIVE,
    REMOUNT,
    die_with_parent,
    fork_into,
    map_user,
    mount,
    pivot_root,
    unmount,
)

_ROOT = "/tmp"


def main(view: dict[str, Any], inside: str, zygote: dict[str, Any]) -> None:
    """Be the forkserver `zygote` (see `zygote.main`) where nothing but `view` can be seen.

    `view` has `shown`, folders and files by their place inside; `links`; `parents`, folders to make;
    `devices`. `inside` is where it shows this package. Root keeps its user namespace, and becomes nobody
    once everything is in place.
    """
    root = os.getuid() == 0
    die_with_parent()
    pid = fork_into(NAMESPACES & ~NEW_USER if root else NAMESPACES)
    if pid:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 0xFF)
    die_with_parent()
    if not root:
        map_user(os.getuid(), os.getgid())
    _build(view)
    sys.modules[__package__].__path__ = [inside]  # where we came from is out of sight
    from .zygote import main as serve

    serve(**zygote)


def _build(view: dict[str, Any]) -> None:
    mount("none", "/", "", PRIVATE | RECURSIVE)
    # The sources are reached through the old root, which stands beside the new one until it goes.
    mount("tmpfs", _ROOT, "tmpfs", NO_SUID, "mode=0755")
    os.mkdir(f"{_ROOT}/old")  # noqa: PTH102
    for folder in (*view["parents"], "/proc", "/tmp", "/dev"):
        Path(_ROOT + folder).mkdir(parents=True, exist_ok=True)
    pivot_root(_ROOT, f"{_ROOT}/old")
    os.chdir("/")
    for place, source in view["shown"].items():
        _show(f"/old{source}", place)
    for place, target in view["links"].items():
        Path(place).symlink_to(target)
    mount("proc", "/proc", "proc", NO_SUID | NO_DEVICES)
    mount("tmpfs", "/dev", "tmpfs", NO_SUID, "mode=0755,size=64k")
    for name in view["devices"]:
        Path(f"/dev/{name}").touch()
        mount(f"/old/dev/{name}", f"/dev/{name}", "", BIND)
    Path("/dev/shm").symlink_to("/tmp")
    unmount("/old")
    os.rmdir("/old")  # noqa: PTH106
    mount("none", "/dev", "", REMOUNT | BIND | READ_ONLY | NO_SUID)
    mount("none", "/", "", REMOUNT | BIND | READ_ONLY | NO_SUID)


def _show(source: str, place: str) -> None:
    """Bind a file or a folder, read-only."""
    if Path(source).is_dir():
        Path(place).mkdir(parents=True, exist_ok=True)
    else:
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        Path(place).touch()
    mount(source, place, "", BIND)
    mount("none", place, "", REMOUNT | BIND | READ_ONLY | NO_SUID | NO_DEVICES)
