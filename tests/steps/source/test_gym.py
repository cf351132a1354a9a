"""The source `gym`: problems of reasoning-gym."""

from __future__ import annotations

from typing import Any

import pytest

from winnow.steps.errors import UsageError
from winnow.steps.records import Problem
from winnow.steps.source.gym import GymSource
from winnow.verifiers import Status, load

pytest.importorskip("reasoning_gym")


def problems(**keys: Any) -> list[Problem]:
    source = GymSource.model_validate({"type": "gym", "dataset": "chain_sum", "size": 5, **keys})
    return [row for row in source.rows() if isinstance(row, Problem)]


def test_problems_are_the_same_for_the_same_seed_and_have_references_that_judge() -> None:
    found = problems()
    assert found == problems()
    assert [one.source_id for one in found] == [f"chain_sum-{at:05}" for at in range(5)]
    assert found[:3] == problems(size=3) == problems(limit=3)
    assert {one.id for one in found}.isdisjoint(one.id for one in problems(seed=1))
    judge = load("reasoning_gym")
    for one in found:
        ((_, gold),) = judge.golds(one.reference)
        assert judge(one.reference, gold).status is Status.PASS
        assert one.metadata == {"family": "chain_sum"}
        assert "<answer>" in one.prompt[0]["content"]


def test_a_config_reaches_the_task() -> None:
    (one,) = problems(size=1, config={"min_terms": 7, "max_terms": 7})
    assert one.reference["config"] == {"min_terms": 7, "max_terms": 7}
    assert one.reference["entry"]["metadata"]["num_terms"] == 7


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"dataset": "chain_sums"}, "did you mean 'chain_sum'"),
        ({"config": {"no_such": 1}}, "refuses it"),
        ({"config": {"min_terms": -1}}, "refuses it"),
    ],
)
def test_what_reasoning_gym_does_not_know(keys: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        problems(**keys)


def test_keys_of_the_source_are_no_config() -> None:
    with pytest.raises(ValueError, match="'seed' is a key of the source itself"):
        problems(config={"seed": 3})
