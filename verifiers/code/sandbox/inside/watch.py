"""Sees a check to its end: limits that the kernel does not keep by itself, and how it ended."""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from .clocks import Clocks
from .frames import Closed, receive

NEXT = b'{"next": true}'
"""Said of a check of several runs: another begins."""
_TICK = 0.2  # seconds between looks at what a check uses
_PATIENCE = 0.1  # seconds before the first look: most checks are over by then
_CLOCK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def see_out(
    pid: int, control: socket.socket, limits: dict[str, Any], *, alone: bool, clocks: Clocks | None = None
) -> dict[str, Any]:
    """Wait until process `pid` ends, or make it end: where `control` says so, or a limit is passed.

    `alone`: it is process 1 of a namespace of its own, inside of ours, so all that we can see beside us and
    our own parents is its. `clocks` are those of a check that has another side. Returns `cpu` and `wall` in
    seconds, `code` (negative: a signal), and `why` it was ended, which is empty where it ended by itself.
    """
    began = time.monotonic()
    handle = os.pidfd_open(pid)
    why = ""
    try:
        wait, lap = _PATIENCE, _Lap.begin(0.0, clocks)
        while True:
            asked = time.monotonic()
            ready, _, _ = select.select([handle, control.fileno()], [], [], wait)
            if handle in ready:
                break
            if control.fileno() in ready:
                if _is_next(control):
                    wait, lap = _PATIENCE, _Lap.begin(_awake(pid), clocks)
                    continue
                why = "over"
                break
            lap = lap._replace(late=lap.late + time.monotonic() - asked - wait)
            wait = _TICK
            why = _beyond(pid, limits, lap, clocks, alone=alone)
            if why:
                break
        if why:
            _end(pid, alone=alone)
        _, status, used = os.wait4(pid, 0)
    finally:
        os.close(handle)
    if not alone:
        _end(pid, alone=False)
    cpu = used.ru_utime + used.ru_stime
    code = os.waitstatus_to_exitcode(status)
    # What a process held is closed before it can be seen to have ended: whoever waited for it may tell us
    # first that it is over.
    if code != -signal.SIGKILL and why == "over":
        why = ""
    if code == -signal.SIGKILL and why in ("", "over") and cpu >= limits["seconds"] - 0.5:
        why = "cpu"
    return {"cpu": cpu, "wall": time.monotonic() - began, "code": code, "why": why}


class _Lap(NamedTuple):
    """One run of a check: when it began, and for how many seconds the check's first process and its other
    side had been awake by then; `late`, by how much we came too late to look at it."""

    began: float
    awake: float
    other: float
    late: float = 0.0

    @classmethod
    def begin(cls, awake: float, clocks: Clocks | None) -> _Lap:
        if clocks is None:
            return cls(time.monotonic(), awake, 0.0)
        clocks.tell(awake)
        return cls(time.monotonic(), awake, clocks.other())


def _is_next(control: socket.socket) -> bool:
    try:
        return receive(control) == NEXT
    except Closed:
        return False


def _end(pid: int, *, alone: bool) -> None:
    with suppress(OSError):
        if not alone:
            os.killpg(pid, signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)


def _beyond(pid: int, limits: dict[str, Any], lap: _Lap, clocks: Clocks | None, *, alone: bool) -> str:
    """The limit that a check has passed, if any.

    Time spent waiting for a processor is not its own: what counts against `asleep` is time in which neither
    it nor its other side had anything to do, and in which the machine was not stopped under us all.
    """
    memory, cpu, awake = 0, 0.0, 0.0
    for one in _family(pid, alone=alone):
        with suppress(OSError, ValueError, IndexError):
            used = _Used.of(one)
            memory += used.memory
            cpu += used.cpu + (used.past if one == pid else 0)
            awake = max(awake, _awake(one) - (lap.awake if one == pid else 0))
    if memory > limits["memory"]:
        return "memory"
    if cpu > (limits["total"] or limits["seconds"]) + 1:
        return "cpu"
    excused = awake + lap.late
    if clocks is not None:
        clocks.tell(lap.awake + awake)
        excused += max(0.0, clocks.other() - lap.other)
    return "asleep" if time.monotonic() - lap.began - excused > limits["asleep"] else ""


class _Used(NamedTuple):
    """CPU seconds of a process, and of its children that it waited for; bytes of memory."""

    cpu: float
    past: float
    memory: int

    @classmethod
    def of(cls, pid: int) -> _Used:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        cpu, past = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
        return cls(cpu / _CLOCK, past / _CLOCK, int(fields[21]) * _PAGE)


def _awake(pid: int) -> float:
    """Seconds that a process and its children ran, or that it stood in line to run."""
    with suppress(OSError, ValueError, IndexError):
        used = _Used.of(pid)
        return max(used.cpu, _scheduled(pid)) + used.past
    return 0.0


def _scheduled(pid: int) -> float:
    """Seconds that a process ran, or stood in line to run."""
    try:
        ran, waited, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
    except OSError:
        return 0.0
    return (int(ran) + int(waited)) / 1e9


def _family(pid: int, *, alone: bool) -> list[int]:
    if not alone:
        return [pid]
    ours = os.getpid()
    return [one for name in os.listdir("/proc") if name.isdigit() and (one := int(name)) > ours]  # noqa: PTH208
