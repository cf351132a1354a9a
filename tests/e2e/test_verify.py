"""Judging anew: `winnow verify`, and the checks that a run makes of its verifier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from support.command import winnow
from support.recipes import write_jsonl, write_recipe, write_sums

from winnow.steps.ledger import Ledger


def verdicts(folder: Path) -> pl.DataFrame:
    return Ledger(folder / "runs/sums/ledger").scan("verdicts").collect()


def sft(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "runs/sums/datasets/sft/*.parquet")


def test_another_verifier_judges_what_was_sampled(tmp_path: Path) -> None:
    write_sums(tmp_path, count=8, n=4)
    assert winnow("run", "recipe.yaml", cwd=tmp_path).returncode == 0
    before, rows = verdicts(tmp_path), sft(tmp_path)

    same = winnow("verify", "sums", cwd=tmp_path)
    assert same.returncode == 0, same.stderr
    assert "0 of 32 verdicts changed" in same.stdout
    assert verdicts(tmp_path).height == before.height

    lax = write_recipe(tmp_path, verify={"type": "number", "tolerance": 1}).rename(tmp_path / "lax.yaml")
    done = winnow("verify", "sums", "--recipe", lax, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "16 of 32 verdicts changed" in done.stdout
    assert "was fail, is pass" in done.stdout
    assert verdicts(tmp_path).group_by("fingerprint").len()["len"].to_list() == [32, 32]
    assert sft(tmp_path).equals(rows)
    assert winnow("build", "sums", cwd=tmp_path).returncode == 0
    assert sft(tmp_path).height > rows.height or not sft(tmp_path).equals(rows)


def test_a_run_that_is_not_there(tmp_path: Path) -> None:
    done = winnow("verify", "none", cwd=tmp_path)
    assert (done.returncode, "no run at none" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        # the recipe gives the reference a key that `number` does not know: nothing could ever pass
        ({"anwser": "a"}, "'answer'"),
        ({"answer": "q"}, "expected one number"),
    ],
)
def test_a_reference_that_the_verifier_cannot_use_stops_the_run_before_it_samples(
    tmp_path: Path, reference: dict[str, str], told: str
) -> None:
    path = write_sums(tmp_path)
    recipe: dict[str, Any] = yaml.safe_load(path.read_text())
    recipe["source"]["reference"] = reference
    path.write_text(yaml.safe_dump(recipe))
    done = winnow("run", path, cwd=tmp_path)
    assert done.returncode == 2
    assert "problem 0" in done.stderr
    assert told in done.stderr
    assert "self_check: 0" in done.stderr
    assert "Traceback" not in done.stderr
    assert Ledger(tmp_path / "runs/sums/ledger").scan("completions").collect().is_empty()
    told_otherwise = winnow("run", path, "--set", "self_check=0", cwd=tmp_path)
    assert told_otherwise.returncode == 0, told_otherwise.stderr


def test_one_bad_reference_of_many_stops_nothing(tmp_path: Path) -> None:
    path = write_sums(tmp_path)
    rows = [{"id": "0", "q": "What?", "a": "many"}, {"id": "1", "q": "What is 1 + 1?", "a": "2"}]
    write_jsonl(tmp_path / "problems.jsonl", rows)
    done = winnow("run", path, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "problem 0: number: the reference's 'answer'" in done.stderr


def test_a_gold_that_does_not_pass_stops_the_run(tmp_path: Path) -> None:
    path = write_sums(tmp_path, verify={"type": "word_count", "max": 2})
    recipe: dict[str, Any] = yaml.safe_load(path.read_text())
    recipe["source"]["reference"] = {"gold": "q"}
    path.write_text(yaml.safe_dump(recipe))
    done = winnow("run", path, cwd=tmp_path)
    assert done.returncode == 2
    assert "'word_count' does not pass what must pass: 'What is 0 + 0?'" in done.stderr


FLAKY = """
import random

def chance(completion, reference):
    return random.random() < 0.5
"""


@pytest.mark.parametrize("pure", [False, True])
def test_a_flaky_verifier_is_named_and_what_it_flipped_on_is_in_no_dataset(
    tmp_path: Path, pure: bool
) -> None:
    (tmp_path / "flaky.py").write_text(FLAKY)
    verify = {"type": "python", "function": "flaky.py:chance", "pure": pure}
    write_sums(tmp_path, count=20, n=4, verify=verify)
    done = winnow("run", "recipe.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "the verifier 'python' is flaky: it changed its mind on" in done.stdout

    told = verdicts(tmp_path).group_by("completion").agg(pl.col("status").n_unique())
    flipped = set(told.filter(pl.col("status") > 1)["completion"])
    assert flipped
    sampled = Ledger(tmp_path / "runs/sums/ledger").scan("completions").collect()
    unsure = sampled.filter(pl.col("id").is_in(list(flipped))).select("problem", "index").rows()
    assert set(sft(tmp_path).select("problem_id", "index").rows()).isdisjoint(unsure)

    again = winnow("verify", "sums", cwd=tmp_path)
    assert "python is flaky: it changed its mind on" in again.stderr

    lines = [{"reference": {}, "completion": f"try {at}", "label": True} for at in range(20)]
    write_jsonl(tmp_path / "in.jsonl", lines)
    audit = winnow(
        "audit",
        "python",
        "-p",
        "function=flaky.py:chance",
        "--input",
        "in.jsonl",
        "--repeats",
        "3",
        cwd=tmp_path,
    )
    assert audit.returncode == 1
    assert "python is flaky: judged" in audit.stdout
    assert "of python" in next(line for line in audit.stdout.splitlines() if line.startswith("flips"))
