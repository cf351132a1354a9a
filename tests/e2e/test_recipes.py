"""The recipes that ship: each is valid, and gives what it promises, on the embedded model or a replay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.command import winnow
from support.recipes import write_jsonl

from winnow.pipelines.recipe import load_recipe
from winnow.verifiers import load

RECIPES = Path(__file__).parents[2] / "pipelines/recipes"
PEOPLE = ["Ann", "Bob", "Cleo", "Dan", "Eve", "Fay", "Gus"]
FRUIT = ["pears", "red apples", "plums", "sweet cherries", "figs"]
GIVES = ["eats", "sells", "loses", "cooks", "drops", "hides", "dries", "mails"]
NAMES = sorted(path.stem for path in RECIPES.glob("*.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_it_is_valid_and_called_as_its_file(name: str) -> None:
    assert load_recipe(RECIPES / f"{name}.yaml").name == name


def rows(run: Path, kind: str, split: str = "train") -> list[dict[str, Any]]:
    return pl.read_parquet(run / "datasets" / kind / f"{split}-*.parquet").to_dicts()


def dropped(run: Path) -> dict[str, int]:
    manifest = json.loads((run / "datasets/manifest.json").read_text())
    return dict(manifest["dropped"])


@pytest.fixture(scope="module")
def math(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`math.yaml` on problems of GSM8K's form in a folder, and on replayed solutions of them."""
    folder = tmp_path_factory.mktemp("math")
    problems = [
        {
            "id": str(at),
            "question": f"{PEOPLE[at % 7]} picks {at + 12} {FRUIT[at % 5]} on {at + 3} days, "
            f"then {GIVES[at % 8]} {at + 5} {FRUIT[at % 5]}. What does {PEOPLE[at % 7]} have?",
            "answer": f"{at + 12} * {at + 3} = {(at + 12) * (at + 3)}.\n#### {(at + 12) * (at + 3) - at - 5}",
        }
        for at in range(40)
    ]
    (folder / "gsm8k").mkdir()
    (folder / "test").mkdir()
    write_jsonl(folder / "gsm8k/train.jsonl", problems)
    held = [problems[7], {"question": "What is the longest river of the world?", "answer": "#### 1"}]
    write_jsonl(folder / "test/test.jsonl", held)
    write_jsonl(folder / "said.jsonl", [{"id": str(at), "completions": said(at)} for at in range(40)])
    engine = f"{{type: replay, path: {folder}/said.jsonl}}"
    sets = f"[{{path: {folder}/test/test.jsonl, fields: [question]}}]"
    done = winnow(
        *("run", RECIPES / "math.yaml"),
        *("--set", f"source.path={folder}/gsm8k", "--set", "source.config=null", "--set", "source.id=id"),
        *("--set", f"sample.engine={engine}", "--set", f"build.clean.decontaminate={sets}"),
        *("--set", "build.splits.validation=0.2"),
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    return folder / "runs/math"


def said(at: int) -> list[str]:
    """Right and wrong solutions; two of the right ones go by the same equations."""
    picked, given = (at + 12) * (at + 3), at + 5
    right = picked - given
    return [
        f"First {at + 12} * {at + 3} = {picked}, then {picked} - {given} = {right}. So \\boxed{{{right}}}",
        f"We see {at + 12} * {at + 3} = {picked}; so {picked} - {given} = {right}, or \\boxed{{{right}}}.",
        f"Without the gift it is {picked}. With it {given} less: \\boxed{{{right}}} remain in the basket.",
        f"First {at + 12} * {at + 3} = {picked}, {'and ' if at % 3 else ''}then {picked} + {given} = "
        f"{picked + given}. So \\boxed{{{picked + given}}}",
        f"It is \\boxed{{{given}}}",
        f"We see {at + 12} * {at + 3} = {picked}; {picked} - {given} = {right - 1}: \\boxed{{{right - 1}}}",
    ]


def test_math_keeps_what_is_right_by_different_equations(math: Path) -> None:
    judge, kept = load("math"), rows(math, "sft")
    by_problem: dict[str, int] = {}
    for row in kept:
        assert judge(json.loads(row["reference"]), row["messages"][-1]["content"]).status == "pass"
        by_problem[row["source_id"]] = by_problem.get(row["source_id"], 0) + 1
    assert set(by_problem.values()) == {2}  # three were right, and two of them went the same way


def test_math_holds_out_and_decontaminates(math: Path) -> None:
    train, held = (
        {row["source_id"] for row in rows(math, "sft", split)} for split in ("train", "validation")
    )
    assert held and not train & held
    assert len(train | held) == 39  # of 40: one is a problem of the test set
    assert "7" not in train | held
    assert dropped(math)["contaminated"] == 1


def test_math_has_pairs_of_like_length(math: Path) -> None:
    pairs = rows(math, "preference")
    assert pairs and {row["rule"] for row in pairs} == {"length_matched"}
    assert sum(abs(row["length_chosen"] - row["length_rejected"]) for row in pairs) / len(pairs) < 25


def test_instructions_on_the_embedded_model(tmp_path: Path) -> None:
    small = ("--set", "source.per_family=1", "--set", "sample.max_n=8")
    done = winnow("run", RECIPES / "instructions.yaml", *small, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = tmp_path / "runs/instructions"
    judge = load("per_problem")
    for row in rows(run, "kto"):
        status = judge(json.loads(row["reference"]), row["completion"][0]["content"]).status
        assert (status == "pass") == row["label"]
    assert rows(run, "sft") and rows(run, "preference")


def test_a_reward_models_data_without_ground_truth(tmp_path: Path) -> None:
    small = ("--set", "source.per_family=8")
    done = winnow("run", RECIPES / "preference_rm.yaml", *small, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = tmp_path / "runs/preference_rm"
    pairs, every = rows(run, "reward"), rows(run, "candidates")
    assert len(every) == 64 and pairs
    answers: dict[str, list[str | None]] = {}
    for row in every:
        answers.setdefault(row["problem_id"], []).append(row["extracted"])
    said = {row["id"]: row["extracted"] for row in every}
    for row in pairs:
        assert row["trust"] == "votes"
        group = answers[row["problem_id"]]
        chosen, rejected = (said[one] for one in row["id"].split("-"))
        assert group.count(chosen) >= 4 and group.count(rejected) < group.count(chosen)
        whole = [one for one in every if one["problem_id"] == row["problem_id"]]
        whole = [one["extracted"] for one in whole if one["finish_reason"] == "stop"]
        apart = (whole.count(chosen) - whole.count(rejected)) / len(whole)
        assert row["margin"] == pytest.approx(apart) and row["margin"] > 0
