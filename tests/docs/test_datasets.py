"""The page on datasets names every kind, rule and key, with its default, and its recipe is one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from winnow.steps.build.config import BoundsConfig, BuildConfig, SplitsConfig
from winnow.steps.build.kinds import KINDS, asked
from winnow.steps.select.config import MessagesConfig, PreferenceConfig, RewardConfig, TrustingConfig
from winnow.steps.select.preference import RULES

PAGE = (Path(__file__).parents[2] / "docs/datasets.md").read_text()


def table(heading: str) -> dict[str, list[str]]:
    """The rows of the table whose first cell of the head is this, by their first cell."""
    (told,) = re.findall(rf"\n\| {heading} \|[^\n]*\n\|---[^\n]*\n(.*?)\n(?:\n|$)", PAGE, re.DOTALL)
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in told.splitlines()]
    return {row[0].strip("` "): row[1:] for row in cells}


def test_the_recipes_are_some() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    first, *others = (BuildConfig.model_validate(yaml.safe_load(block)["build"]) for block in blocks)
    assert [kind.name for kind, _ in asked(first)] == list(KINDS)
    assert others


def test_what_stands_beside_the_datasets_is_told() -> None:
    assert set(table("key of `build`")) == set(BuildConfig.model_fields) - set(KINDS)
    for model in (SplitsConfig, BoundsConfig):
        for key in model.model_fields:
            assert f"`{key}`" in PAGE or f"{key}:" in PAGE, key


def test_every_kind_and_every_rule_is_told() -> None:
    assert set(table("kind")) == set(KINDS)
    assert set(table("rule")) == set(RULES)
    assert set(table("`trust`")) == {"verdict", "agreement", "votes", "reward"}


def test_defaults_are_told() -> None:
    def default(model: type[BaseModel], name: str) -> Any:
        return model.model_fields[name].get_default(call_default_factory=True)

    shared = table("key of several")
    assert shared["per_problem"][1] == str(default(PreferenceConfig, "per_problem"))
    assert shared["rank_by"][1] == f"`[{', '.join(default(PreferenceConfig, 'rank_by'))}]`"
    assert shared["trust"][1] == f"`{default(TrustingConfig, 'trust')}`"
    assert shared["pass_rate"][1].startswith(f"`{default(TrustingConfig, 'pass_rate')}`")
    for name, row in table("key of `messages`").items():
        assert row[0] == f"`{default(MessagesConfig, name)}`"
    assert set(table("key of `messages`")) == set(MessagesConfig.model_fields)


def test_every_key_is_told() -> None:
    for name in KINDS:
        (model,) = (one for one in _models(BuildConfig.model_fields[name].annotation))
        for key in model.model_fields:
            assert f"`{key}`" in PAGE, key
    assert set(RewardConfig.model_fields) - set(PreferenceConfig.model_fields) == {"prompt"}


def _models(annotation: Any) -> list[type[BaseModel]]:
    return [part for part in annotation.__args__ if isinstance(part, type) and issubclass(part, BaseModel)]
