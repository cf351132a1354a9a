"""The page on cleaning says what is so: its recipe is one, and it tells every key and every rule."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from winnow.steps.clean import candidates
from winnow.steps.clean.config import CleanConfig, DuplicatesConfig

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/cleaning.md").read_text()


def test_its_recipe_is_one() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    told = CleanConfig.model_validate(yaml.safe_load(block)["build"]["clean"])
    assert set(CleanConfig.model_fields) == told.model_fields_set


def test_its_table_has_every_key_and_every_rule() -> None:
    rows = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]
    keys = set(re.findall(r"`([\w.]+)`", " ".join(cells[0] for cells in rows)))
    nested = {f"near_duplicates.{name}" for name in DuplicatesConfig.model_fields}
    assert keys == (set(CleanConfig.model_fields) - {"near_duplicates"}) | nested
    rules = set(re.findall(r"`(\w+)`", " ".join(cells[-1] for cells in rows)))
    told = set(re.findall(r"`(\w+)`", candidates.dropped_candidates.__doc__.partition("Args:")[0]))  # type: ignore[union-attr]
    assert told - {"index"} <= rules
