"""The sampler beside an engine that fails: what is owed stays owed, what was paid for stays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from winnow.steps.engine.protocol import EngineUnreachable, Parameters, RequestFailed
from winnow.steps.engine.replay import ReplayConfig
from winnow.steps.records import Candidate, Choice, Group, Problem
from winnow.steps.sample.config import SampleConfig
from winnow.steps.sample.sampler import Sampler
from winnow.steps.stage import Context, Halt

PROBLEM = Problem("a", ({"role": "user", "content": "q"},))


class Scripted:
    """An engine that does as it is told."""

    model, identity, capacity = "m", "x", 4

    def __init__(self, answer: Callable[[int, int], Sequence[Choice]], most: int) -> None:
        self.answer, self.most = answer, most
        self.asked: list[int] = []

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def sample(self, problem: Problem, parameters: Parameters, start: int, n: int) -> Sequence[Choice]:
        self.asked.append(start)
        await asyncio.sleep(0.01 * start)
        return self.answer(start, n)


async def sampler(engine: Scripted, context: Context, monkeypatch: pytest.MonkeyPatch) -> Sampler:
    monkeypatch.setattr(ReplayConfig, "engine", lambda self, log_dir: engine)
    made = Sampler(SampleConfig(engine=ReplayConfig(type="replay", path="x"), n=4))
    await made.open(context)
    return made


def group(*indices: int) -> Group:
    return Group(PROBLEM, [Candidate(str(at), at, Choice(f"text {at}")) for at in indices])


@pytest.mark.parametrize("halt", [None, Halt.BUDGET])
async def test_a_gap_that_cannot_be_filled_stays_owed(
    halt: Halt | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Candidates beyond the goal, from a run that asked for more, once hid the gap below it."""

    def refuse(start: int, n: int) -> Sequence[Choice]:
        raise RequestFailed("500")

    made = await sampler(Scripted(refuse, 4), Context(halt=halt), monkeypatch)
    found = await made.on_group(group(0, 1, 3, 4, 5, 6, 7))
    assert not found.complete
    assert (await made.on_group(group(0, 1, 2, 3, 5))).complete


async def test_what_came_before_a_failure_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def half(start: int, n: int) -> Sequence[Choice]:
        failure = RequestFailed("500")
        failure.choices = [Choice("paid", tokens=7)]
        raise failure

    rows: dict[str, list[Any]] = {}

    async def put(table: str, told: Sequence[Any]) -> None:
        rows.setdefault(table, []).extend(told)

    context = Context(put=put)
    found = await (await sampler(Scripted(half, 4), context, monkeypatch)).on_group(group())
    assert [one.text for one in found.candidates] == ["paid"]
    assert not found.complete
    assert (context.spent.tokens, context.counts["failed"]) == (7, 3)
    assert (len(rows["completions"]), len(rows["events"])) == (1, 1)


async def test_an_engine_that_is_gone_leaves_no_request_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(start: int, n: int) -> Sequence[Choice]:
        if start == 0:
            raise EngineUnreachable("gone")
        return [Choice("late")]

    engine = Scripted(gone, 1)
    made = await sampler(engine, Context(), monkeypatch)
    before = asyncio.all_tasks()
    with pytest.raises(EngineUnreachable):
        await made.on_group(group())
    assert asyncio.all_tasks() == before
