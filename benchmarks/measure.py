"""A command's wall time, CPU time and peak memory, its children included."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_PAUSE = 0.02  # seconds between two looks: a short run has its peak at its very end


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds, and megabytes: the largest sum of resident memory over the process and its children."""

    wall: float
    cpu: float
    peak_mb: float


def measure(command: list[str]) -> Measured:
    """Run a command to its end; its output goes to stderr. A command that fails ends the benchmark."""
    started, before = time.perf_counter(), os.times()
    process = subprocess.Popen(command, stdout=sys.stderr)
    peak = _Peak(process.pid)
    peak.start()
    code = process.wait()
    wall, after = time.perf_counter() - started, os.times()
    peak.ended.set()
    peak.join()
    if code != 0:
        sys.exit(f"{' '.join(command)} ended with {code}")
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    return Measured(wall, cpu, peak.most / 1e6)


class _Peak(threading.Thread):
    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self.most = 0
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(_PAUSE):
            self.most = max(self.most, sum(_resident(pid) for pid in family(self._pid)))


def family(pid: int) -> list[int]:
    """A process and all below it, by /proc."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                told = (entry / "stat").read_text().rpartition(") ")[2].split()
            except OSError:
                continue
            children.setdefault(int(told[1]), []).append(int(entry.name))
    found, queue = [], [pid]
    while queue:
        found.append(queue.pop())
        queue += children.get(found[-1], [])
    return found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0
