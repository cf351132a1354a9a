"""The pages on choosing, schedulers and benchmarks repeat what stands elsewhere, and repeat it rightly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from support.environments import SCHEDULERS

from winnow.pipelines.recipe import Recipe
from winnow.steps.errors import Exit
from winnow.steps.select.preference import RULES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
CHOOSING = (DOCS / "choosing.md").read_text()
QUOTED = {
    "../README.md": ["0.47", "0.31", "4.47"],
    "sampling.md": ["77%", "13 to 76", "4.47"],
    "datasets.md": [
        "57% to 37%",
        "53%",
        "42%",
        "64%",
        "5,268",
        "1,319",
        "966",
        "731",
        "95% of one public set",
    ],
    "verifiers.md": ["5,276", "799"],
}


@pytest.mark.parametrize("page", QUOTED)
def test_figures_are_those_of_their_pages(page: str) -> None:
    text = (DOCS / page).read_text()
    for figure in QUOTED[page]:
        assert figure in CHOOSING and figure in text, figure


def test_shares_of_rewards_are_those_of_their_table() -> None:
    (row,) = re.findall(r"^\| 8 \| ([\d. |]+) \|$", (DOCS / "rewards.md").read_text(), re.MULTILINE)
    passed, best, _, majority, _ = (f"{100 * float(cell):.1f}%" for cell in row.split(" | "))
    for share in (passed, best, majority):
        assert share in CHOOSING


def test_every_pair_rule_that_is_recommended_is_one() -> None:
    told = re.findall(r"^\| [^|]+ \| `(\w+)`[^|]* \|", CHOOSING.partition("## Which pairs")[2], re.MULTILINE)
    kinds = {"kto", "grpo"}
    assert len(told) == 7 and set(told) - kinds <= set(RULES)


def test_the_beginning_is_a_recipe() -> None:
    recipe = yaml.safe_load((ROOT / "pipelines/recipes/demo.yaml").read_text())
    first = {"until": {"pass": 4, "fail": 2, "give_up": 0.02}, "max_n": 64, "temperature": 0.8, "top_p": 1.0}
    assert "`until: {pass: 4, fail: 2, give_up: 0.02}`, `max_n: 64`" in CHOOSING
    Recipe.model_validate({**recipe, "sample": {**recipe["sample"], **first}})


def test_codes_and_versions_of_schedulers() -> None:
    page = (DOCS / "schedulers.md").read_text()
    pinned = dict(one.split("==") for one in SCHEDULERS)
    for name, package in (("Dagster", "dagster"), ("Airflow", "apache-airflow")):
        assert f"{name} {pinned[package].rpartition('.')[0]} |" in page
    told = (ROOT / "examples/schedulers/dagster_assets.py").read_text()
    held, missed = (int(code) for code in re.findall(r"^(?:HELD|MISSED) = (\d+)", told, re.MULTILINE))
    assert (held, missed) == (Exit.LOCKED, Exit.TARGET_MISSED)


def test_every_benchmark_is_told() -> None:
    page = (DOCS / "benchmarks.md").read_text()
    for script in (ROOT / "benchmarks").glob("*.py"):
        name = f"`{script.name}`" if f"`{script.name}`" in page else f"](../benchmarks/{script.name})"
        assert name in page or script.name.startswith("peer_"), script.name
