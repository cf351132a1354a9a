"""Our steps in a stock distilabel Pipeline, and other people's steps in our recipes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.command import winnow
from support.fingerprints import outcomes
from support.recipes import write_sums

from winnow.steps.ledger import Ledger

TESTS = str(Path(__file__).parents[1])
STOCK = """
import json, sys
from winnow.pipelines.recipe import load_recipe

if __name__ == "__main__":
    rows = load_recipe("recipe.yaml").to_distilabel().run(use_cache=False)["default"]["train"]
    json.dump(rows.to_list(), open("rows.json", "w"))
"""


def recipe(folder: Path, *steps: dict[str, Any], **sample: Any) -> None:
    engine = {"type": "replay", "path": str(folder / "candidates.jsonl")}
    write_sums(folder, count=6, sample={"engine": engine, **sample}, steps=list(steps))


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    return winnow("run", "recipe.yaml", cwd=folder, env={"PYTHONPATH": TESTS})


def stock(folder: Path) -> list[dict[str, Any]]:
    """The rows that a stock Pipeline makes of the recipe, in a process and a home of its own."""
    env = {"PYTHONPATH": TESTS, "HOME": str(folder), "PATH": "/usr/bin:/bin", "HF_HUB_OFFLINE": "1"}
    (folder / "stock.py").write_text(STOCK)
    done = subprocess.run(
        [sys.executable, "stock.py"], cwd=folder, env=env, capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told: list[dict[str, Any]] = json.loads((folder / "rows.json").read_text())
    return told


def events(folder: Path, kind: str) -> list[dict[str, Any]]:
    told = Ledger(folder / "runs/sums/ledger").scan("events").filter(pl.col("kind") == kind).collect()
    return [json.loads(data) for data in told["data"]]


@pytest.mark.parametrize(
    "sample", [{"n": 4}, {"until": {"pass": 2, "fail": 1}, "max_n": 6}], ids=["n", "until"]
)
def test_a_stock_pipeline_comes_to_the_same_verdicts(tmp_path: Path, sample: dict[str, Any]) -> None:
    recipe(tmp_path, {"step": "support.foreign_steps:Count", "parameters": {"factor": 10}}, **sample)
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    ours = {(one[2], one[3]): one[4] for one in outcomes(tmp_path / "runs/sums")}
    rows = stock(tmp_path)
    theirs = {(one["index"], one["text"]): one["status"] for row in rows for one in row["candidates"]}
    assert theirs == ours
    assert all(row["error"] == "" for row in rows)
    assert all(row["count"] == 10 * len(row["generations"]) for row in rows)
    assert [told["columns"] for told in events(tmp_path, "columns")] == [
        {"count": 10 * len(row["generations"])} for row in rows
    ]


def test_a_foreign_step_that_fails_leaves_the_group_as_it_was(tmp_path: Path) -> None:
    recipe(tmp_path, {"step": "support.foreign_steps:Moody"}, n=4)
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(told["why"] for told in events(tmp_path, "step_failed")) == [
        "ArithmeticError: not this one",
        "ValueError: gave 2 rows for one",
    ]
    assert len(events(tmp_path, "columns")) == 4
    assert len(events(tmp_path, "group_done")) == 6


@pytest.mark.parametrize(
    ("step", "code", "told"),
    [
        ("no_such_package:Step", 3, "no_such_package"),
        ("support.foreign_steps:Nothing", 3, "has no Nothing"),
        ("support.foreign_steps:NoStep", 2, "no distilabel Step"),
        ("support.foreign_steps:Count", 2, "refuses its parameters"),
        ("Count", 2, "steps.0.step"),
    ],
)
def test_steps_that_are_none(tmp_path: Path, step: str, code: int, told: str) -> None:
    recipe(tmp_path, {"step": step, "parameters": {"factor": "many"}}, n=4)
    done = run(tmp_path)
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr
