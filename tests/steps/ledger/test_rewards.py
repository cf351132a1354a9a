"""Stored rewards as one number a completion."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.rewards import rows_of

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.rewards import latest_rewards, reward_of, rewards_of
from winnow.steps.scoring import Aggregate, Combine, Member, Reward, Scoring


def read(ledger: Ledger, *members: Member, combine: Combine = "mean") -> dict[str, float | None]:
    rows = rewards_of(ledger, Scoring(members, combine)).collect()
    return {str(completion): reward for completion, reward in rows.iter_rows()}


@pytest.mark.parametrize(
    ("aggregate", "wanted"),
    [("last", 0.25), ("min", 0.125), ("prod", 0.015625), ("mean", 0.2917), ("sum", 0.875)],
)
def test_an_aggregate_is_taken_when_it_is_read(tmp_path: Path, aggregate: Aggregate, wanted: float) -> None:
    ledger = Ledger(tmp_path)
    told = [
        ("a", Reward(steps=(0.5, 0.125, 0.25))),
        ("b", Reward(0.75)),
        ("c", Reward(steps=())),
        ("d", Reward()),
    ]
    ledger.commit({"rewards": rows_of("p", told)})
    found = read(ledger, Member("s", aggregate))
    assert found == {"a": pytest.approx(wanted, abs=1e-4), "b": 0.75, "c": None, "d": None}


def test_what_is_no_number_any_more_is_no_reward(tmp_path: Path) -> None:
    """Step scores may be logits of any size, of which a product or a sum is beyond all numbers."""
    ledger = Ledger(tmp_path)
    told = [("a", Reward(steps=(1e200, 1e200))), ("b", Reward(1.7e308)), ("c", Reward(steps=(2.0, 3.0)))]
    ledger.commit({"rewards": [*rows_of("p", told), *rows_of("p", [("b", Reward(1.7e308))], "t")]})
    assert read(ledger, Member("s", "prod")) == {"a": None, "b": 1.7e308, "c": 6.0}
    assert read(ledger, Member("s"), Member("t")) == {"b": None}


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_aggregates_are_what_they_are_called(steps: list[float]) -> None:
    import polars as pl

    from winnow.steps.ledger.rewards import _AGGREGATES

    rows = pl.DataFrame({"steps": [steps]}, schema={"steps": pl.List(pl.Float64)})
    found = {name: rows.select(expression).item() for name, expression in _AGGREGATES.items()}
    mean = math.fsum(steps) / len(steps)
    wanted = {
        "last": steps[-1],
        "min": min(steps),
        "prod": math.prod(steps),
        "mean": mean,
        "sum": math.fsum(steps),
    }
    assert found == {name: pytest.approx(value) for name, value in wanted.items()}


def test_the_last_reward_counts_and_no_failure_does(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.commit({"rewards": rows_of("p", [("a", Reward(0.2)), ("b", Reward.error("down"))])})
    ledger.commit({"rewards": rows_of("p", [("a", Reward(0.9, reason="why"))], at=1_000)})
    ledger.commit({"rewards": rows_of("p", [("a", Reward.error("down"))], at=2_000)})
    ledger.commit({"rewards": rows_of("p", [("a", Reward(0.1))], scorer="another", at=3_000)})
    assert read(ledger, Member("s")) == {"a": 0.9}
    (row,) = latest_rewards(ledger, ["s"]).collect().to_dicts()
    assert reward_of(row) == Reward(0.9, reason="why")


@pytest.mark.parametrize(
    ("combine", "wanted"),
    [("mean", [0.5, 0.4, None]), ("min", [0.2, 0.3, None]), ("majority", [0.5, 0.5, 0.0])],
)
def test_several_scorers_become_one(tmp_path: Path, combine: Combine, wanted: list[float | None]) -> None:
    """What one of them has not scored has no reward; a majority asks each for its best of the problem."""
    ledger = Ledger(tmp_path)
    one = [("a", Reward(0.8)), ("b", Reward(0.5)), ("c", Reward()), ("d", Reward(1.0))]
    other = [("a", Reward(0.2)), ("b", Reward(steps=(0.9, 0.3))), ("c", Reward(0.1))]
    ledger.commit({"rewards": [*rows_of("p", one), *rows_of("p", other, "t")]})
    found = read(ledger, Member("s"), Member("t", "min"), combine=combine)
    assert found == {
        name: reward if reward is None else pytest.approx(reward)
        for name, reward in zip("abc", wanted, strict=True)
    }


def test_a_ledger_without_rewards(tmp_path: Path) -> None:
    assert read(Ledger(tmp_path), Member("s"), Member("t")) == {}
