"""Sees a check to its end: limits that the kernel does not keep by itself, and how it ended."""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

_TICK = 0.2  # seconds between looks at what a check uses
_PATIENCE = 0.1  # seconds before the first look: most checks are over by then
_CLOCK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def see_out(pid: int, control: socket.socket, limits: dict[str, Any], *, alone: bool) -> dict[str, Any]:
    """Wait until process `pid` ends, or make it end: where `control` says anything, or a limit is passed.

    `alone`: it is process 1 of a namespace of its own, inside of ours, so all that we can see beside us and
    our own parents is its. Returns `cpu` and `wall` in seconds, `code` (negative: a signal), and `why` it
    was ended, which is empty where it ended by itself.
    """
    began = time.monotonic()
    handle = os.pidfd_open(pid)
    why = ""
    try:
        wait = _PATIENCE
        while True:
            ready, _, _ = select.select([handle, control.fileno()], [], [], wait)
            if handle in ready:
                break
            if control.fileno() in ready:
                why = "over"
                break
            wait = _TICK
            why = _beyond(pid, limits, time.monotonic() - began, alone=alone)
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
    if code == -signal.SIGKILL and not why and cpu >= limits["seconds"] - 0.5:
        why = "cpu"
    return {"cpu": cpu, "wall": time.monotonic() - began, "code": code, "why": why}


def _end(pid: int, *, alone: bool) -> None:
    with suppress(OSError):
        if not alone:
            os.killpg(pid, signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)


def _beyond(pid: int, limits: dict[str, Any], wall: float, *, alone: bool) -> str:
    """The limit that a check has passed, if any.

    Time spent waiting for a processor is not its own: what counts against `asleep` is time in which it had
    nothing to do.
    """
    memory, cpu, awake = 0, 0.0, 0.0
    for one in _family(pid, alone=alone):
        with suppress(OSError, ValueError, IndexError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            used = (int(fields[11]) + int(fields[12])) / _CLOCK
            past = (int(fields[13]) + int(fields[14])) / _CLOCK  # of children that it waited for
            memory += int(fields[21]) * _PAGE
            cpu += used + (past if one == pid else 0)
            awake = max(awake, used + past, _scheduled(one))
    if memory > limits["memory"]:
        return "memory"
    if cpu > limits["seconds"] + 1:
        return "cpu"
    return "asleep" if wall - max(awake, cpu) > limits["asleep"] else ""


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
