"""What is in flight is what the rest of the budget pays for."""

from __future__ import annotations

from typing import Any

import pytest

from winnow.steps.records import Spent
from winnow.steps.sample.config import SampleConfig
from winnow.steps.sample.foresight import Foresight
from winnow.steps.stage import Context


def foresight(context: Context, **budget: Any) -> Foresight:
    engine = {"type": "batch", "base_url": "http://127.0.0.1:1/v1", "model": "m", "prices": {"output": 10.0}}
    keys = {"engine": engine, "n": 4, "max_tokens": 100, **({"budget": budget} if budget else {})}
    return Foresight(SampleConfig.model_validate(keys), context)


def spend(context: Context, completions: int, tokens: int) -> None:
    context.counts["completions"] += completions
    context.spent.tokens += tokens
    context.spent.money += tokens * 10.0 / 1e6


def test_without_a_budget_the_engine_decides() -> None:
    assert foresight(Context()).most(5000) == 5000


@pytest.mark.parametrize("budget", [{"tokens": 20_000}, {"money": 0.2}], ids=["tokens", "money"])
def test_of_the_worst_first_and_then_of_the_mean(budget: dict[str, Any]) -> None:
    context = Context(spent=Spent(tokens=10_000, money=0.1))  # by an earlier run
    sight = foresight(context, **budget)
    assert sight.most(5000) == 100
    spend(context, 10, 100)
    assert sight.most(5000) == 99
    spend(context, 90, 900)  # ten tokens each
    assert sight.most(5000) == 900
    assert sight.most(50) == 50
    spend(context, 1, 9000)
    assert sight.most(5000) == 1  # whoever asks is told that nothing is left


def test_the_scarcer_of_two() -> None:
    context = Context()
    assert foresight(context, tokens=100_000, money=0.01).most(5000) == 10


def test_completions_that_cost_nothing() -> None:
    context = Context()
    sight = foresight(context, tokens=1000)
    spend(context, 100, 0)
    assert sight.most(5000) == 1000
