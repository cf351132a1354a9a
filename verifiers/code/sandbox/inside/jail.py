"""What a freshly forked child gives up before it runs anybody's code."""

from __future__ import annotations

import fcntl
import os
import resource
import signal
from collections.abc import Sequence
from typing import Any

from . import seccomp
from .kernel import (
    NO_DEVICES,
    NO_SUID,
    READ_ONLY,
    drop_capabilities,
    map_user,
    mount,
    no_new_privileges,
)

SCRATCH = "/tmp"
_INODES = 4096
_AWAY = 64
_HIGHEST = 1 << 16


def enclose(limits: dict[str, Any], namespaces: int) -> None:
    """Shut this process in: own file system for scratch, no /proc, limits, no privileges.

    `limits` are those of `sandbox.limits.Limits`.
    """
    os.setsid()
    if namespaces:
        map_user(os.getuid(), os.getgid())
        options = f"size={limits['disk']},nr_inodes={_INODES},mode=0700"
        mount("tmpfs", SCRATCH, "tmpfs", NO_SUID | NO_DEVICES, options)
        mount("tmpfs", "/proc", "tmpfs", NO_SUID | NO_DEVICES | READ_ONLY, "size=4k")
        drop_capabilities()
        os.chdir(SCRATCH)
    no_new_privileges()
    _limit(limits, namespaced=bool(namespaces))
    seccomp.install()
    for one in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(one, signal.SIG_IGN)


def keep_only(keep: Sequence[int]) -> None:
    """Close every descriptor above 2 but these, which become 3, 4 and so on."""
    # Out of the way first: one may stand where another is wanted.
    held = [fcntl.fcntl(one, fcntl.F_DUPFD, _AWAY) for one in keep]
    for place, one in enumerate(held):
        os.dup2(one, 3 + place, inheritable=False)
    os.closerange(3 + len(keep), _HIGHEST)


def limit_use(seconds: int, memory: int, address_space: bool) -> None:
    """CPU time and memory of this process, and of each that it starts; never more than it has already."""
    _set(resource.RLIMIT_CPU, seconds)
    # Some engines reserve address space by the terabyte.
    _set(resource.RLIMIT_AS if address_space else resource.RLIMIT_DATA, memory)


def _limit(limits: dict[str, Any], *, namespaced: bool) -> None:
    limit_use(limits["total"] or limits["seconds"], limits["memory"], limits["address_space"])
    _set(resource.RLIMIT_FSIZE, limits["disk"])
    _set(resource.RLIMIT_NOFILE, limits["files"])
    _set(resource.RLIMIT_CORE, 0)
    if namespaced:  # elsewhere it counts all that the user runs
        _set(resource.RLIMIT_NPROC, limits["processes"])


def _set(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))
