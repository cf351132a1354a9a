"""Snapshots of runs that never were."""

from __future__ import annotations

import os
import socket
import time
from typing import Any

from winnow.pipelines.live.snapshot import Event, Flight, Server, Snapshot, Wait


def server(name: str, **keys: Any) -> Server:
    told: dict[str, Any] = {
        "name": name,
        "up": True,
        "in_flight": 3,
        "limit": 8,
        "requests": 40,
        "retries": 2,
        "failures": 1,
        "tokens": 4000,
        "rate": 210.0,
        "usual": 1.5,
        "trouble": "",
    }
    return Server(**{**told, **keys})


def snapshot(**keys: Any) -> Snapshot:
    """A run in its middle, of this process."""
    told: dict[str, Any] = {
        "name": "sums",
        "run": "r",
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "phase": "sampling",
        "began": time.time() - 60,
        "at": time.time(),
        "seconds": 60.0,
        "total": 100,
        "done": 30,
        "skipped": 10,
        "bad": 0,
        "completions": 400,
        "tokens": 12_000,
        "before": 160,
        "verdicts": {"pass": 100, "fail": 300},
        "failed": 0,
        "rows": None,
        "target": None,
        "money": 0.5,
        "spent": 0.75,
        "projected": 2.0,
        "rate": 210.0,
        "left": 120.0,
        "batches": 0,
        "halt": None,
        "history": (100.0, 200.0, 210.0),
        "servers": (server("one"), server("two", usual=6.0)),
        "waits": (Wait(at="engine", groups=5, seconds=9.0), Wait(at="verifier", groups=1, seconds=0.5)),
        "longest": (Flight(problem="p17", at="engine", seconds=75.0),),
        "events": (Event(at=time.time(), text="two is up, 8 at once"),),
    }
    return Snapshot(**{**told, **keys})


HOSTILE = 'a"b\\c\n[red]x[/red] [@click=app.quit]y[/] \x1b]0;owned\x07\x1b[2J\u202e'
"""A name that would steer a terminal, end a label, or be a button."""
