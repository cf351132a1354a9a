"""Recipes: what they accept, and the errors that lead to the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from winnow.pipelines.recipe import Recipe, load_recipe
from winnow.steps.errors import UsageError

GOOD = """\
name: sums
source:
  type: inline
  prompt: q
  reference: {answer: a}
  rows: [{q: "What is 2 + 2?", a: "4"}]
sample:
  engine: {type: replay, path: c.jsonl}
  temperature: 0.8
  until: {pass: 4, fail: 2}
  max_n: 64
verify: {type: number}
build:
  sft: {per_problem: 2, rank_by: [verdict, reward, "-length"]}
score: {type: length}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "r.yaml"
    path.write_text(text)
    return path


def test_a_recipe_reads_and_tells_itself_again(tmp_path: Path) -> None:
    recipe = load_recipe(write(tmp_path, GOOD))
    assert recipe.sample.until is not None
    assert recipe.sample.until.passed == 4
    assert recipe.build.preference is None
    assert Recipe.model_validate(recipe.told) == recipe
    assert Recipe.model_validate(recipe.told).fingerprint == recipe.fingerprint


def test_without_a_build_both_datasets_are_built(tmp_path: Path) -> None:
    recipe = load_recipe(write(tmp_path, GOOD.partition("build:")[0]))
    assert recipe.build.sft is not None
    assert recipe.build.preference is not None


def test_overrides(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    recipe = load_recipe(path, ["sample.temperature=1", "build.sft.per_problem=5", "sample.max_n=32"])
    assert recipe.sample.temperature == 1
    assert recipe.build.sft is not None
    assert recipe.build.sft.per_problem == 5
    with pytest.raises(UsageError, match="expected KEY"):
        load_recipe(path, ["sample.temperature"])
    with pytest.raises(UsageError, match="name is no mapping"):
        load_recipe(path, ["name.x=1"])
    with pytest.raises(UsageError, match=r"sample\.temprature.*did you mean 'temperature'"):
        load_recipe(path, ["sample.temprature=1"])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "temperature: 0.8",
            "temprature: 0.8",
            r"r\.yaml:9: unknown key `sample.temprature`: did you mean 'temp",
        ),
        ("temperature: 0.8", "temperature: hot", r"r\.yaml:9: `sample.temperature`: .*number.*found 'hot'"),
        ("temperature: 0.8", "temperature: -1", r"r\.yaml:9: .*number from 0 to 10.*found -1"),
        ("max_n: 64", "", r"r\.yaml:7: `sample`: `until` needs `max_n`"),
        ("max_n: 64", "n: 3", r"one of `n`, `until` and `search`"),
        ("max_n: 64", "max_n: 3", r"`max_n` is less than `until` asks for"),
        ("name: sums", "", r"the key `name` is missing"),
        ("name: sums", "name: ../up", r"r\.yaml:1: `name`: .*pattern.*found '\.\./up'"),
        ("name: sums", "name: 7", r"r\.yaml:1: `name`: .*string.*found 7"),
        (
            "type: replay",
            "type: replya",
            r"r\.yaml:8: `sample.engine.type` is 'replya': did you mean 'rep",
        ),
        (
            "{type: replay, path: c.jsonl}",
            "{path: c.jsonl}",
            r"r\.yaml:8: `sample.engine` needs the key `type`",
        ),
        ("path: c.jsonl", "pth: c.jsonl", r"r\.yaml:8: unknown key `sample.engine.pth`: did you mean 'path'"),
        ("type: inline", "type: excel", r"r\.yaml:3: `source.type` is 'excel': known here: .*jsonl"),
        ("{type: number}", "{type: nmber}", r"r\.yaml:12: verify.type: .*did you mean 'number'"),
        ("{type: number}", "{type: number, tol: 1}", r"r\.yaml:12: verify.tol.*no parameter 'tol'"),
        ("{type: number}", "number", r"r\.yaml:12: `verify`: .*found 'number'"),
        (
            "sft: {per_problem: 2",
            "sft: {per_problem: 0",
            r"r\.yaml:14: `build.sft.per_problem`.*greater than 0",
        ),
        ('"-length"', '"-lenth"', r"r\.yaml:14: `build.sft.rank_by`: '-lenth' is no rank"),
        ("build:", "deploy: {}\nbuild:", r"r\.yaml:13: unknown key `deploy`: known here: name, source"),
        ("build:", "build:\n  stepwise: {agree: 0.5}", r"goes by scores of steps, and this length"),
        (
            "score: {type: length}",
            "score: {type: ensemble, of: [{type: random}, {type: judge, rubrik: x}]}",
            r"unknown key `score.of.1.rubrik`: did you mean 'rubric'",
        ),
        ("prompt: q", "prompt: ${env:HOME}", r"r\.yaml:4: source.prompt: .*expanded only in"),
        ("pass: 4, fail: 2", "pass: 0, fail: 0", r"r\.yaml:10: .*at least one pass or one fail"),
    ],
)
def test_errors_lead_to_the_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    with pytest.raises(UsageError, match=told):
        load_recipe(write(tmp_path, GOOD.replace(old, new)))


def test_every_error_is_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("temperature", "temprature").replace("per_problem: 2", "per_problem: two")
    with pytest.raises(UsageError) as refused:
        load_recipe(write(tmp_path, text))
    assert len(str(refused.value).splitlines()) == 2


def test_recipes_are_frozen(tmp_path: Path) -> None:
    recipe = load_recipe(write(tmp_path, GOOD))
    with pytest.raises(ValueError, match="frozen"):
        recipe.name = "other"  # type: ignore[misc]


def test_a_key_in_a_recipe_is_refused_and_not_shown(tmp_path: Path) -> None:
    engine = "{type: endpoint, model: m, base_url: http://x/v1, api_key: sk-very-secret}"
    with pytest.raises(UsageError, match=r"`sample.engine.api_key`: a recipe holds no keys") as told:
        load_recipe(write(tmp_path, GOOD.replace("{type: replay, path: c.jsonl}", engine)))
    assert "sk-very-secret" not in str(told.value)
