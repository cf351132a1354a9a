"""The page on search: every strategy and key is named, and its recipe is one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import yaml
from pydantic import TypeAdapter

from winnow.steps.sample.config import SampleConfig
from winnow.steps.sample.search.config import AnySearch, SearchConfig

PAGE = (Path(__file__).parents[2] / "docs/search.md").read_text()
SEARCHES: list[type[SearchConfig]] = list(get_args(get_args(AnySearch)[0]))


def test_every_search_and_key_is_named() -> None:
    for search in SEARCHES:
        for key, field in search.model_fields.items():
            assert f"`{get_args(field.annotation)[0] if key == 'type' else key}`" in PAGE, (search, key)


def test_the_recipe_can_be() -> None:
    told = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0])
    assert TypeAdapter(SampleConfig).validate_python(told["sample"]).search is not None
