"""A check on nobody, in the forkserver itself: what it takes is then warm in every child.

A child copies each page that it is the first to write. The interpreter writes where code runs for the first
time (it specialises it) and where memory is taken for the first time: here that has happened.
"""

from __future__ import annotations

import _thread
import socket
import sys
from contextlib import suppress

from . import candidate, judge
from .compose import compose
from .frames import send
from .scripts import plain, prepared

_PROGRAM = """
from typing import List


def doubled(xs: List[int], key=None) -> List[int]:
    \"\"\"Each twice.

    >>> doubled([1, 2])
    [2, 4]
    \"\"\"
    found = {}
    for place, one in enumerate(xs):
        if one not in found and isinstance(one, int):
            found[one] = 2 * one if key is None else key(one)
    return [found[one] for one in xs]
"""
_TESTS = """
def check(candidate):
    assert candidate([1, 2]) == [2, 4]
    assert candidate([]) == [], "none"
    assert candidate([3], lambda x: x + 1)[0] == 4
    assert abs(candidate([1])[0] - 2.0) < 1e-6
    assert sorted(candidate([2, 1])) == [2, 4] and candidate((1,)) is not None
"""
_TURNS = 12  # the interpreter specialises what ran eight times


def warm() -> None:
    """Judge a small program a few times, between two threads of this process."""
    suite = {
        "traces": False,
        "hidden": [prepared(_TESTS)],
        "public": [],
        "setup": plain("", "<setup>"),
        "prompt": plain(_PROGRAM, "<prompt>"),
        "entry_point": "doubled",
    }
    asked = {"program": _PROGRAM, "prompt": _PROGRAM, "entry_point": "doubled"}
    for _ in range(_TURNS):
        left, right = socket.socketpair()
        over = _thread.allocate_lock()
        over.acquire()
        _thread.start_new_thread(_answer, (asked, left, over))
        with right:
            told = judge.judged({"tests": suite}, right)
        over.acquire()
        one, other = socket.socketpair()
        with one, other:
            send(one, str(told).encode())
        compose(_PROGRAM, _PROGRAM, "doubled")
    sys.modules.pop(candidate.MODULE, None)


def _answer(asked: dict[str, str], channel: socket.socket, over: _thread.LockType) -> None:
    try:
        with channel, suppress(BaseException):
            candidate.answer(asked, channel)
    finally:
        over.release()
