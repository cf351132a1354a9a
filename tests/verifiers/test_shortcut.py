"""What a pool decides without asking a worker, and what it remembers."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from winnow.verifiers import Verdict, VerifierPool, load, registry
from winnow.verifiers.process import Worker
from winnow.verifiers.shortcut import Shortcut

HERE = f"fast in {os.getpid()}"


@pytest.fixture(autouse=True)
def strange(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The verifiers of `modules/strange_verifiers.py`, for the length of a test."""
    kept = dict(registry.entries())
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "modules"))
    sys.modules.pop("strange_verifiers", None)
    importlib.import_module("strange_verifiers")
    yield
    registry._ENTRIES.clear()
    registry._ENTRIES.update(kept)


def asked(answer: str, *completions: str) -> list[tuple[dict[str, Any], str]]:
    reference = {"answer": answer}
    return [(reference, completion) for completion in completions]


async def test_what_is_decided_fast_needs_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    async with VerifierPool("patient", workers=1) as pool:
        monkeypatch.setattr(Worker, "judge", None)
        verdicts = await pool.judge(asked("7", "x = easy", "no mark", ""))
    assert verdicts == [
        Verdict.passed(HERE, extracted="easy"),
        Verdict.failed("no answer"),
        Verdict.failed("empty completion"),
    ]


async def test_an_answer_is_judged_once_however_it_was_reached() -> None:
    async with VerifierPool("patient", workers=1) as pool:
        first = await pool.judge(asked("7", "a = 7", "b =7", "c = 8", "d =  7 "))
        again = await pool.judge(asked("7", "e = 8", "f = 7", "g = 9"))
        other = await pool.judge(asked("8", "a = 7"))
    assert [verdict.status for verdict in (*first, *again, *other)] == [
        *("pass", "pass", "fail", "pass"),
        *("fail", "pass", "fail"),
        "fail",
    ]
    told = [verdict.reason.split(" in ")[0] for verdict in (*first, *again, *other)]
    assert told == ["slow 1", "slow 1", "slow 2", "slow 1", "slow 2", "slow 1", "slow 3", "slow 1"]


async def test_an_error_is_not_remembered() -> None:
    async with VerifierPool("patient", workers=1, deadline=1.0) as pool:
        hung = await pool.judge(asked("7", "a = hang", "b = hang", "c = 7"))
        died = await pool.judge(asked("7", "a = die"))
        assert [verdict.status for verdict in (*hung, *died)] == ["error", "error", "pass", "error"]
        assert not any(verdict.status == "error" for verdict in pool._shortcut._known.values())


async def test_whole_texts_are_remembered_where_the_verifier_is_pure() -> None:
    async with VerifierPool("strange", workers=1) as pool:
        (pid,) = await pool.judge(asked("1", "pid"))
        os.kill(int(pid.reason), 9)
        assert await pool.judge(asked("1", "pid")) == [pid]
        (other,) = await pool.judge(asked("2", "pid"))
        assert other != pid
    async with VerifierPool("tally", workers=1) as pool:
        first = await pool.judge(asked("1", "a", "a"))
        assert [one.reason for one in (*first, *await pool.judge(asked("1", "a")))] == ["1", "2", "3"]


async def test_a_problems_own_test_takes_the_shortcut_too() -> None:
    reference = {"check": {"type": "patient", "answer": "7"}}
    chance = {"check": {"type": "tally"}}
    async with VerifierPool("per_problem", workers=1) as pool:
        (fast,) = await pool.judge([(reference, "= easy")])
        tallies = await pool.judge([(chance, "a"), (chance, "a")])
    assert fast.reason == HERE
    assert [one.reason for one in tallies] == ["1", "2"]


async def test_what_is_too_long_goes_to_a_worker() -> None:
    async with VerifierPool("patient", workers=1) as pool:
        (verdict,) = await pool.judge(asked("7", "x" * 200_000 + "= easy"))
    assert verdict.status == "pass"
    assert verdict.reason != HERE


def test_memory_does_not_grow_with_what_was_judged() -> None:
    shortcut = Shortcut(load("patient"))
    for place in range(20_000):
        shortcut.keep((place,), Verdict.passed())
    assert len(shortcut._known) < 20_000
    assert (19_999,) in shortcut._known
