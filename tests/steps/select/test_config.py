"""What a recipe may say of its datasets, and what it is told where it says something else."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from winnow.steps.build.config import BuildConfig
from winnow.steps.select.config import KtoConfig, PreferenceConfig


@pytest.mark.parametrize(
    ("build", "told"),
    [
        ({"sft": {"rank_by": ["diversty"]}}, "'diversty' is no rank: use verdict, .*, diversity"),
        ({"sft": {"rank_by": ["-diversity"]}}, "'-diversity' is no rank"),
        ({"preference": {"rank_by": ["diversity"]}}, "'diversity' ranks rows of `sft` only"),
        ({"sft": {"pass_rate": [0.9, 0.1]}}, "is no band"),
        ({"grpo": {"pass_rate": [-0.1, 0.5]}}, "is no band"),
        ({"grpo": {"pass_rate": [0.1]}}, "at least 2 items"),
        ({"reward": {"min_margin": 0.5}}, "`min_margin` belongs to `rule: margin`"),
        ({"sft": {"min_share": 0.5}}, "`min_share` belongs to `trust: votes`"),
        ({"sft": {"messages": {"system": "drp"}}}, "'drp' is no setting: use keep, drop, sampled"),
        ({"sft": {"messages": {"system": ""}}}, "is no setting"),
        ({"preference": {"per_problem": 0}}, "greater than 0"),
        ({"preference": {"most_uses": 0}}, "greater than 0"),
        ({"candidates": {"rank_by": []}}, "Extra inputs"),
        ({"sft": {"rule": "margin"}}, "Extra inputs"),
    ],
)
def test_what_is_refused(build: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        BuildConfig.model_validate(build)


@pytest.mark.parametrize(
    ("rank_by", "scale"),
    [
        (["verdict", "-length"], "score"),
        (["reward"], "reward"),
        (["-length", "reward", "verdict"], "reward"),
        (["length"], "score"),
    ],
)
def test_the_scale_of_margins_is_named_by_the_ranks(rank_by: list[str], scale: str) -> None:
    assert PreferenceConfig(rank_by=rank_by).scale == scale


def test_a_recipe_reads_back_what_it_says() -> None:
    said = {"kto": {"balanced": True, "messages": {"system": "Think first."}}, "grpo": {"pass_rate": [0, 1]}}
    config = BuildConfig.model_validate(said)
    again = BuildConfig.model_validate(config.model_dump(mode="json", exclude_unset=True))
    assert again == config
    assert config.kto == KtoConfig.model_validate(said["kto"])
