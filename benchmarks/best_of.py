"""Choosing one of N completions on a file of recorded ones: by a reward model, by votes, and by both.

    python benchmarks/best_of.py FILE [--reference gt] [--completions code] [--rewards pred_score]

FILE is JSON lines, each with `question`, the answer, a list of completions and a list of their rewards (of
several scores of one the last counts), as `qwen_math_cot_100.jsonl` of Qwen2.5-Math has them. They go through
a run: replayed, judged by `math`, scored by `recorded`, kept in a ledger. Rewards are told as they are, and
as probabilities (their sigmoid), since a sum of rewards wants none below zero.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from winnow.pipelines.begin import run_recipe
from winnow.pipelines.recipe import Recipe
from winnow.steps.ledger import Ledger
from winnow.steps.report.best_of import best_of, choosable
from winnow.verifiers import load

_SHOWN = {"pass_at_n": "pass@N", "best_of_n": "best of N", "weighted": "weighted", "majority": "majority"}


def reward_of(given: Any) -> float:
    return float(given[-1] if isinstance(given, list) else given)


def sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def written(path: Path, rows: Iterator[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def recipe_of(asked: argparse.Namespace, folder: Path, probable: bool) -> Recipe:
    """A recipe that replays the file; the candidates and their rewards stand in one file of its own."""
    lines = [json.loads(line) for line in asked.file.read_text(encoding="utf-8").splitlines()]
    of = sigmoid if probable else float
    candidates = [
        [
            {"text": text, "reward": of(reward_of(reward))}
            for text, reward in zip(row[asked.completions], row[asked.rewards], strict=True)
        ]
        for row in lines
    ]
    problems = ({"id": at, "q": row["question"], "a": row[asked.reference]} for at, row in enumerate(lines))
    replayed = ({"id": at, "completions": told} for at, told in enumerate(candidates))
    replay = written(folder / "candidates.jsonl", replayed)
    return Recipe.model_validate(
        {
            "name": "probable" if probable else "plain",
            "source": {
                "type": "jsonl",
                "path": written(folder / "problems.jsonl", problems),
                "id": "id",
                "prompt": "q",
                "reference": {"answer": "a"},
            },
            "sample": {"engine": {"type": "replay", "path": replay}, "n": max(map(len, candidates))},
            "verify": {"type": "math"},
            "score": {"type": "recorded", "path": replay},
            "build": {"sft": {"per_problem": 1, "rank_by": ["verdict", "reward"]}},
        }
    )


def table_of(recipe: Recipe, runs: Path) -> pl.DataFrame:
    if run_recipe(recipe, runs) or recipe.score is None:
        raise SystemExit(1)
    ledger = Ledger(runs / recipe.name / "ledger")
    return best_of(choosable(ledger, load(recipe.verify).fingerprint, recipe.score.scoring))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    for name, default in (("reference", "gt"), ("completions", "code"), ("rewards", "pred_score")):
        parser.add_argument(f"--{name}", default=default)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="winnow-best-of-") as folder:
        runs = Path(folder)
        plain, probable = (table_of(recipe_of(asked, runs, one), runs) for one in (False, True))
    sigmoids = probable.select("n", pl.col("weighted").alias("by sigmoid"))
    lines = plain.join(sigmoids, on="n")
    print("| N | " + " | ".join([*_SHOWN.values(), "weighted by sigmoid"]) + " |")
    print("|---|" + "---|" * (len(_SHOWN) + 1))
    for row in lines.iter_rows(named=True):
        figures = [*(row[name] for name in _SHOWN), row["by sigmoid"]]
        print(f"| {row['n']} | " + " | ".join(f"{figure:.4f}" for figure in figures) + " |")


if __name__ == "__main__":
    main()
