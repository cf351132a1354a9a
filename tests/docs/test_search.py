"""The page on search: every strategy and key is named, and its recipe is one."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path
from typing import get_args

import pytest
import yaml
from pydantic import TypeAdapter

from winnow.steps.sample.config import SampleConfig
from winnow.steps.sample.search.base import SearchConfig
from winnow.steps.sample.search.config import AnySearch

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/search.md").read_text()
SEARCHES: list[type[SearchConfig]] = list(get_args(get_args(AnySearch)[0]))


def test_every_search_and_key_is_named() -> None:
    for search in SEARCHES:
        for key, field in search.model_fields.items():
            assert f"`{get_args(field.annotation)[0] if key == 'type' else key}`" in PAGE, (search, key)


def test_the_recipe_can_be() -> None:
    told = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0])
    assert TypeAdapter(SampleConfig).validate_python(told["sample"]).search is not None


def test_many_problems_at_once_are_faster_than_one_at_a_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A small round of the benchmark, which also sees that both ways find the same chains."""
    benchmark = str(ROOT / "benchmarks/search_throughput.py")
    few = ("--problems=12", "--alone=1", "--depth=3", "--first=0.006")
    monkeypatch.setattr(sys, "argv", [benchmark, *few])
    runpy.run_path(benchmark, run_name="__main__")
    told = capsys.readouterr().out
    ratio = re.search(r"^ratio ([\d.]+)$", told, re.MULTILINE)
    assert ratio and float(ratio[1]) > 1.5, told
