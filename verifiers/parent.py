"""A process that ends with the one that started it, and what tells one process from another."""

from __future__ import annotations

import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def die_with_parent(number: int) -> None:
    """Ask Linux for this signal when our parent dies, also where an heir of it holds our input open."""
    if sys.platform == "linux":
        import ctypes  # a worker elsewhere need not load it

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)


def began(pid: int) -> str | None:
    """When a process began, in ticks since the machine did, with the name of that start of the machine; None
    where it is gone. With the process id it names one process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    return None if fields[0] == "Z" else f"{boot}/{fields[19]}"
