"""Who is left of a process's offspring, read from /proc."""

from __future__ import annotations

import time
from pathlib import Path


def offspring(pid: int) -> set[int]:
    """Every living process below `pid`, however deep, in whatever session; zombies do not count."""
    below: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it ended while we looked
            continue
        if state != "Z":
            below.setdefault(int(parent), []).append(int(stat.parent.name))
    found: set[int] = set()
    todo = [pid]
    while todo:
        todo += (children := below.get(todo.pop(), []))
        found.update(children)
    return found


def gone(pids: set[int], seconds: float = 15.0) -> bool:
    """Whether all of these have ended within so many seconds; by default fewer than a keeper waits before it
    uses force."""
    end = time.monotonic() + seconds
    while alive := {pid for pid in pids if _lives(pid)}:
        if time.monotonic() > end:
            print("left:", *(Path(f"/proc/{pid}/status").read_text() for pid in alive if _lives(pid)))
            return False
        time.sleep(0.05)
    return True


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
