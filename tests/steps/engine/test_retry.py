"""When it is asked again, and when nobody is there any more."""

from __future__ import annotations

import random

import pytest

from winnow.steps.engine.counters import Counters
from winnow.steps.engine.failures import Absent, Passing
from winnow.steps.engine.protocol import EngineUnreachable
from winnow.steps.engine.retry import Backoff, Retrier, Silence


def test_the_whole_wait_is_drawn_and_doubles_up_to_its_most():
    random.seed(1)
    backoff = Backoff(first=1.0, most=8.0)
    for tries, most in ((0, 1), (1, 2), (2, 4), (3, 8), (9, 8), (5000, 8)):
        waits = [backoff.wait(tries) for _ in range(2000)]
        assert 0 <= min(waits) < 0.05 * most and 0.95 * most < max(waits) <= most


def test_a_servers_wish_comes_first():
    assert all(7.0 <= Backoff(first=1.0).wait(9, 7.0) <= 8.0 for _ in range(100))


def test_silence_is_broken_by_any_answer():
    now = [0.0]
    silence = Silence(60.0, lambda: now[0])
    silence.missed(Absent("gone"))
    now[0] = 59.0
    silence.missed(Absent("gone"))
    silence.heard()
    now[0] = 61.0
    silence.missed(Absent("gone"))
    now[0] = 121.0
    with pytest.raises(EngineUnreachable, match=r"gone \(nothing for 60 s\)"):
        silence.missed(Absent("gone"))


async def test_the_dead_are_not_asked_again():
    counters = Counters()
    retrier = Retrier(9, Silence(60.0), counters, Backoff(first=0.0))

    async def once() -> None:
        raise Passing("cut")

    with pytest.raises(EngineUnreachable, match="killed by signal 9"):
        await retrier(once, lambda: "it was killed by signal 9")
    assert (counters.requests, counters.retries) == (1, 0)
