"""What a judge takes is spent, and once nothing is left no judgement is begun; all others are kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import TypeAdapter
from support.judges import COST, TOKENS, JudgeServer

from winnow.steps.ledger.schema import TABLES
from winnow.steps.records import Candidate, Choice, Group, Problem
from winnow.steps.score.judge_config import JudgeConfig
from winnow.steps.score.stage import Score
from winnow.steps.stage import Context, Halt

PROBLEM = Problem("p", ({"role": "user", "content": "What is 2 + 2?"},))


class Books(Context):
    """A context whose budget is so many tokens, and what was put into its ledger."""

    def __init__(self, budget: int) -> None:
        super().__init__(run="r", put=self._keep, exhausted=lambda: self.spent.tokens >= budget)
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)

    async def _keep(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        self.rows[table] += [dict(zip(TABLES[table].names, row, strict=True)) for row in rows]


async def scored(config: JudgeConfig, group: Group, budget: int) -> Books:
    books, stage = Books(budget), Score(config)
    try:
        await stage.open(books)
        await stage.on_group(group)
    finally:
        await stage.close()
    assert sum(row["prompt_tokens"] + row["completion_tokens"] for row in books.rows["judgements"]) == (
        books.spent.judge_tokens
    )
    assert books.spent.tokens == books.spent.judge_tokens and books.spent.money == books.spent.judge_money
    assert all(row["problem"] == PROBLEM.id for row in books.rows["judgements"])
    return books


@pytest.mark.parametrize(
    ("form", "begun", "rewards", "owed"),
    [
        ({"form": "scalar"}, 2, 2, 2),
        ({"form": "genrm"}, 2, 2, 2),
        ({"form": "scalar", "n": 3}, 3, 1, 9),  # one that is begun comes to its end
        ({"form": "steps"}, 2, 2, 2),
        ({"form": "pairwise"}, 2, 0, 10),
    ],
)
async def test_no_judgement_is_begun_that_the_budget_does_not_pay(
    form: dict[str, Any], begun: int, rewards: int, owed: int
) -> None:
    with JudgeServer() as judge:
        told = {"type": "judge", "engine": judge.engine(max_n=1), **form}
        config = TypeAdapter(JudgeConfig).validate_python(told)
        group = Group(PROBLEM, [Candidate(str(at), at, Choice(f"It is {at}.")) for at in range(4)])
        books = await scored(config, group, 2 * TOKENS)
        assert judge.judged == len(books.rows["judgements"]) == begun
        assert books.spent.tokens == begun * TOKENS and books.spent.money == pytest.approx(begun * COST)
        assert len(books.rows["rewards"]) == rewards and books.counts["unpaid"] == 4 - rewards
        assert books.halt is Halt.BUDGET and not group.complete and not books.counts["unscored"]

        group.complete = True  # as the next run has it: nobody is asked, and it is told
        again = await scored(config, group, 0)
        assert judge.judged == begun and again.counts["unpaid"] == 4 - rewards
        group.complete = True
        more = await scored(config, group, 10_000)
        assert judge.judged == begun + owed == begun + len(more.rows["judgements"])
        assert more.halt is None and group.complete and more.counts["scored"] == 4 - rewards
        assert not any(one.rewards[config.fingerprint].failed for one in group.candidates)


@pytest.mark.parametrize("form", ["scalar", "pairwise"])
async def test_a_run_that_ends_at_once_begins_no_judgement(form: str) -> None:
    """A judge may have hours before it; what was in flight is kept, and nobody speaks of money."""
    with JudgeServer() as judge:
        told = {"type": "judge", "engine": judge.engine(), "form": form}
        config = TypeAdapter(JudgeConfig).validate_python(told)
        books, stage = Books(10_000), Score(config)
        keep = books.put

        async def interrupted(table: str, rows: Sequence[tuple[Any, ...]]) -> None:
            books.halt = Halt.INTERRUPTED
            await keep(table, rows)

        books.put = interrupted
        group = Group(PROBLEM, [Candidate(str(at), at, Choice(f"It is {at}.")) for at in range(4)])
        try:
            await stage.open(books)
            await stage.on_group(group)
        finally:
            await stage.close()
        assert judge.judged == len(books.rows["judgements"]) == 1
        assert len(books.rows["rewards" if form == "scalar" else "comparisons"]) == 1
        assert not group.complete and not books.counts["unpaid"] and not books.counts["unscored"]


async def test_a_search_is_told_what_is_unpaid() -> None:
    with JudgeServer() as judge:
        config = TypeAdapter(JudgeConfig).validate_python({"type": "judge", "engine": judge.engine()})
        books, stage = Books(TOKENS), Score(config)
        try:
            await stage.open(books)
            texts = {"one": "First", "two": "Second"}
            ((_, rewards),) = [told async for told in stage.rewards(PROBLEM, texts, {})]
        finally:
            await stage.close()
        assert judge.judged == 1 and [one.unpaid for one in rewards.values()] == [False, True]
