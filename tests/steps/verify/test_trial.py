"""Trials: judged as often as asked, and every time anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from winnow.steps.errors import MissingError
from winnow.steps.verify.probes import golds, golds_and_mutants
from winnow.steps.verify.trial import GOLD, Bench, Trial
from winnow.verifiers import Status, Verifier, load, process


async def judged(trials: list[Trial], repeats: int = 2) -> list[Trial]:
    async with Bench() as bench:
        return [trial async for trial in bench.run(trials, repeats)]


def trial(verifier: Verifier, completion: str, *, right: bool, **reference: Any) -> Trial:
    return Trial("here", "labelled", right, verifier, reference, completion)


async def test_each_is_judged_by_its_own_verifier_and_timed() -> None:
    number, words = load("number"), load({"type": "word_count", "max": 2})
    asked = [trial(number, "It is 4.", right=True, answer=4) for _ in range(600)]
    asked += [trial(words, "one two three", right=True), trial(number, "4", right=False, answer=5)]
    found = await judged(asked)
    assert [one.agrees for one in found] == [True] * 600 + [False, True]
    assert all(len(one.verdicts) == len(one.seconds) == 2 for one in found)
    assert all(0 < second < 60 for one in found for second in one.seconds)
    assert not any(one.flipped for one in found)


async def test_workers_that_do_not_start_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process.sys, "executable", "/nowhere/python")
    with pytest.raises(MissingError, match="'number' cannot be started"):
        await judged([trial(load("number"), "4", right=True, answer=4)])


def told(trials: list[Trial]) -> list[tuple[str, str, bool]]:
    return [(one.kind, one.completion, one.right) for one in trials]


def at(*references: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [(f"problem {place}", reference) for place, reference in enumerate(references)]


async def test_a_reference_that_cannot_be_used_is_found() -> None:
    (found,) = await judged(list(golds(load("number"), at({"nothing": 1}))))
    assert found.verdict.status is Status.ERROR
    assert "'answer'" in found.verdict.reason


async def test_code_that_must_pass_is_in_the_reference() -> None:
    gold = "```python\nx = 1\n```"
    found = list(
        golds_and_mutants(
            load("sentence_count"), at({"gold": gold, "max": 3}, {"gold": ["a", "b"], "max": 3})
        )
    )
    assert told(found) == [
        (GOLD, gold, True),
        ("off by one", "```python\nx = 2\n```", False),
        (GOLD, "a", True),
        (GOLD, "b", True),
    ]
