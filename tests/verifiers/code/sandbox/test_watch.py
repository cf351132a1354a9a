"""How a check is told to have ended where two things happen at once."""

import os
import socket
import time
from typing import Any

import pytest

from winnow.verifiers.code.sandbox.inside.frames import send
from winnow.verifiers.code.sandbox.inside.watch import see_out
from winnow.verifiers.code.sandbox.limits import Limits


def ended(seconds: float) -> dict[str, Any]:
    """A process that computes for .2 s, is then said to be over, and is killed."""
    ours, theirs = socket.socketpair()
    if (pid := os.fork()) == 0:
        os.setsid()
        while time.process_time() < 0.2:
            pass
        send(theirs, b"{}")
        time.sleep(60)
        os._exit(0)
    with ours, theirs:
        return see_out(pid, ours, {**Limits().told(), "seconds": seconds, "memory": 2**62}, alone=False)


@pytest.mark.parametrize(("seconds", "why"), [(0.6, "cpu"), (5, "over")])
def test_its_judge_may_say_that_it_is_over_before_it_is_seen_to_have_ended(seconds: float, why: str) -> None:
    """The kernel closes what a process held, of which its judge hears, and only then lets us see its end."""
    told = ended(seconds)
    assert (told["code"], told["why"]) == (-9, why)
