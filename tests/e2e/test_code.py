"""Code from the real model, run in the sandbox: what is kept passes every test anew, one by one."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from datasets import Dataset, load_dataset
from support.command import winnow

from winnow.steps.ledger import Ledger
from winnow.verifiers import load

RECIPE = Path(__file__).parents[2] / "pipelines/recipes/code.yaml"
SMALL = ("--set", "source.per_family=6", "--set", "sample.max_n=8")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("code")
    done = winnow("run", RECIPE, *SMALL, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "runs/code"


def loaded(run: Path, name: str) -> Dataset:
    files = str(run / "datasets" / name / "*.parquet")
    return load_dataset("parquet", data_files=files, split="train", cache_dir=str(run / "cache"))


def test_what_is_kept_passes_every_test(run: Path) -> None:
    rows = loaded(run, "sft")
    assert rows.num_rows >= 3
    judge = load("unit_tests")
    for row in rows:
        verdict = judge(_reference(row), row["messages"][-1]["content"])
        assert verdict.status == "pass" and set(verdict.results) == {"1"}, row


def test_pairs_are_right_against_wrong(run: Path) -> None:
    rows = loaded(run, "preference")
    assert rows.num_rows >= 2
    judge = load("unit_tests")
    for row in rows:
        told = [judge(_reference(row), row[side][0]["content"]).status for side in ("chosen", "rejected")]
        assert told == ["pass", "fail"], row


def test_the_ledger_has_the_result_of_each_test(run: Path) -> None:
    verdicts = Ledger(run / "ledger").scan("verdicts").select("status", "score", "results").collect()
    assert verdicts.height and not verdicts.filter(pl.col("status") == "error").height
    for status, score, results in verdicts.iter_rows():
        if status == "pass":
            assert set(results) == {"1"} and len(results) >= 5
        elif results:
            assert "0" in results and abs(score - results.count("1") / len(results)) < 1e-9
    assert verdicts.filter((pl.col("results") != "") & (pl.col("status") == "fail")).height


def _reference(row: dict[str, object]) -> dict[str, object]:
    import json

    told = row["reference"]
    return json.loads(told) if isinstance(told, str) else dict(told)  # type: ignore[call-overload, no-any-return]
