"""How a check is told to have ended where two things happen at once."""

import os
import signal
import socket
import time
from contextlib import suppress
from typing import Any

import pytest

from winnow.verifiers.code.sandbox.inside import watch
from winnow.verifiers.code.sandbox.inside.clocks import Clocks, make
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


def test_one_that_ended_by_itself_while_its_judge_said_that_it_is_over(monkeypatch) -> None:
    """Our signal reaches one that is gone already, and how it went is what is told."""
    end = watch._end

    def late(pid: int, *, alone: bool) -> None:
        with suppress(ChildProcessError):  # it was waited for, and what it left is ended
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        end(pid, alone=alone)

    monkeypatch.setattr(watch, "_end", late)
    ours, theirs = socket.socketpair()
    if (pid := os.fork()) == 0:
        os.setsid()
        send(theirs, b"{}")
        time.sleep(0.3)
        os._exit(3)
    with ours, theirs:
        told = see_out(pid, ours, Limits().told() | {"memory": 2**62}, alone=False)
    assert (told["code"], told["why"]) == (3, "")


def sleeping(seconds: float) -> int:
    if (pid := os.fork()) == 0:
        os.setsid()
        time.sleep(seconds)
        os._exit(0)
    return pid


def slept(pid: int, asleep: float, of: Clocks | None = None) -> dict[str, Any]:
    ours, theirs = socket.socketpair()
    limits = Limits(asleep=asleep).told() | {"memory": 2**62}
    with ours, theirs:
        return see_out(pid, ours, limits, alone=False, clocks=of)


@pytest.mark.parametrize(("awake", "why"), [(0.0, "asleep"), (1.0, "")])
def test_who_waits_for_one_that_is_awake_is_not_asleep(awake: float, why: str) -> None:
    """It waits for longer than it may sleep, and its other side has been awake for all, or none, of it."""
    began, pair = time.monotonic(), make()

    class Other(Clocks):
        def other(self) -> float:
            return 7.0 + awake * (time.monotonic() - began)  # with checks before

    assert slept(sleeping(1.2 if awake else 60), 0.5, Other(pair, 0))["why"] == why
    os.close(pair)


def test_each_side_tells_for_how_long_it_has_been_awake() -> None:
    pair = make()
    ours, theirs = socket.socketpair()
    if (pid := os.fork()) == 0:
        os.setsid()
        while time.process_time() < 0.6:
            pass
        os._exit(0)
    with ours, theirs:
        told = see_out(pid, ours, Limits().told() | {"memory": 2**62}, alone=False, clocks=Clocks(pair, 1))
    assert told["why"] == ""
    assert Clocks(pair, 0).other() >= 0.3
    os.close(pair)


def test_a_machine_that_was_stopped_under_a_check_does_not_make_it_hang() -> None:
    """Whoever looks at it was stopped as well: as in a frozen container, or a machine without a turn."""
    here, there = os.pipe()
    if (watcher := os.fork()) == 0:
        os.write(there, slept(sleeping(2.4), 1.5)["why"].encode() or b"well")
        os._exit(0)
    time.sleep(0.3)
    os.kill(watcher, signal.SIGSTOP)
    time.sleep(1.7)
    os.kill(watcher, signal.SIGCONT)
    os.waitpid(watcher, 0)
    assert os.read(here, 100) == b"well"
