"""What docs/engines.md shows is a recipe's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from winnow.steps.engine import AnyEngine
from winnow.steps.sample.config import SampleConfig

TEXT = (Path(__file__).parents[2] / "docs/engines.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_examples_are_valid(block: str) -> None:
    SampleConfig.model_validate({**yaml.safe_load(block)["sample"], "n": 4})


def test_every_engine_is_told() -> None:
    union = AnyEngine.__args__  # type: ignore[attr-defined]
    kinds = {one.model_fields["type"].annotation.__args__[0] for one in union[0].__args__}
    assert kinds == set(re.findall(r"^## `(\w+)`", TEXT, re.MULTILINE))
