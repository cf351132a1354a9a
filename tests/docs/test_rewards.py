"""The page on rewards: every scorer and key is named, and the table is made by its command, and is right."""

from __future__ import annotations

import json
import math
import random
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import TypeAdapter
from support import documented

from winnow.pipelines.recipe import Recipe
from winnow.steps.build.config import BuildConfig
from winnow.steps.score.base import ScorerConfig
from winnow.steps.score.config import AnyScorer
from winnow.steps.scoring import Aggregate, Combine

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/rewards.md").read_text()
SCORERS: list[type[ScorerConfig]] = list(get_args(get_args(AnyScorer)[0]))


def test_recipes_are_parts_of_some() -> None:
    first, *others = [yaml.safe_load(told) for told in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
    assert BuildConfig.model_validate(first["build"]).preference
    for parts in (first, *others):
        assert set(parts) < set(Recipe.model_fields)
        assert TypeAdapter(AnyScorer).validate_python(parts["score"])


def test_every_scorer_is_named_with_its_keys() -> None:
    rows = {row[0]: row[2] for row in re.findall(r"^\| `(\w+)` \| (.*) \|(.*)\|$", PAGE, re.MULTILINE)}
    keys = {
        get_args(one.model_fields["type"].annotation)[0]: set(one.model_fields) - {"type"} for one in SCORERS
    }
    assert {name: set(re.findall(r"`(\w+)`", told)) for name, told in rows.items()} == keys
    for value in (*get_args(Aggregate), *get_args(Combine)):
        assert f"`{value}`" in PAGE


def rows() -> list[dict[str, Any]]:
    """As the file of Qwen2.5-Math: eight completions, logits of a reward model, small numbers as answers."""
    chance, made = random.Random(11), []
    for at in range(12):
        answers = [chance.choice((1, 1, 2, 3)) if at else 2 for _ in range(8)]
        logits = [[round(chance.gauss(answer == 1, 2), 3)] for answer in answers]
        texts = [f"So it is \\boxed{{{answer}}}." for answer in answers]
        made.append({"question": f"How much is it, {at}?", "gt": "1", "code": texts, "pred_score": logits})
    return made


def by_hand(told: list[dict[str, Any]], n: int) -> list[float]:
    """Each way of choosing, over every subset of each problem, one by one."""
    columns = zip(*(shares_of(row, n) for row in told), strict=True)
    return [sum(column) / len(told) for column in columns]


def shares_of(row: dict[str, Any], n: int) -> list[float]:
    answers = [re.findall(r"\d", text)[0] for text in row["code"]]
    logits = [reward[0] for reward in row["pred_score"]]

    def voted(weight: Callable[[int], float], places: tuple[int, ...]) -> bool:
        sums: dict[str, float] = {}
        for at in places:
            sums[answers[at]] = sums.get(answers[at], 0.0) + weight(at)
        return max(sums, key=lambda answer: round(sums[answer], 9)) == "1"

    ways: list[Callable[[tuple[int, ...]], bool]] = [
        lambda places: any(answers[at] == "1" for at in places),
        lambda places: answers[max(places, key=lambda at: (logits[at], -at))] == "1",
        partial(voted, lambda at: logits[at]),
        partial(voted, lambda at: 1.0),
        partial(voted, lambda at: 1 / (1 + math.exp(-logits[at]))),
    ]
    subsets = list(combinations(range(8), n))
    return [sum(map(way, subsets)) / len(subsets) for way in ways]


def table_in(text: str) -> dict[int, list[float]]:
    lines = re.findall(r"^\| (\d+) \| ([\d. |]+) \|$", text, re.MULTILINE)
    return {int(n): [float(figure) for figure in told.split(" | ")] for n, told in lines}


def test_the_command_makes_the_table_and_it_is_right(tmp_path: Path) -> None:
    told = rows()
    file = tmp_path / "qwen_math_cot_100.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in told))
    (command,) = documented.of("docs/rewards.md")
    script, name = command.split()[1:]
    assert name == file.name
    done = subprocess.run([sys.executable, ROOT / script, file], capture_output=True, text=True, check=True)
    found = table_in(done.stdout)
    assert list(found) == list(table_in(PAGE)) == [1, 2, 4, 8]
    for n, figures in found.items():
        assert figures == pytest.approx(by_hand(told, n), abs=5.1e-5), n
    (head,) = re.findall(r"^\| N .*$", PAGE, re.MULTILINE)
    assert head in done.stdout
    assert len({tuple(figures) for figures in found.values()}) == 4 and len(set(found[4])) == 5
    documented.ran("docs/rewards.md", [command])
