"""Builds that nobody should get: the datasets stay as they were, and the exit code says why."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from support.command import winnow
from support.recipes import write_recipe, write_sums

EASY = {"sft": {"per_problem": 2}, "bounds": {"easiest_quarter": 0.1}}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with both datasets."""
    write_sums(tmp_path)
    done = winnow("run", "recipe.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path / "runs/sums"


def built(run: Path, **keys: Any) -> CompletedProcess[str]:
    """`winnow build` by another recipe."""
    folder = run.parents[1]
    write_recipe(folder, **keys)
    return winnow("build", "sums", "--recipe", "recipe.yaml", cwd=folder)


def manifests(run: Path) -> tuple[str, dict[str, Any]]:
    """What the datasets say of themselves, and what the run says of its recipe."""
    told = json.loads((run / "manifest.json").read_text())
    return (run / "datasets/manifest.json").read_text(), told["recipe"]


def test_a_bound_that_is_exceeded(run: Path) -> None:
    before = manifests(run)
    done = built(run, build=EASY)
    assert done.returncode == 1
    assert "sft: 25.0% of its rows come from the easiest quarter" in done.stderr.replace("\n", " ")
    assert "`datasets` is as it was" in done.stderr
    assert manifests(run) == before
    assert winnow("build", "sums", cwd=run.parents[1]).returncode == 0


def test_the_same_rows_beyond_a_bound(run: Path) -> None:
    """The build is the one that is there, and says of itself what it did."""
    before = manifests(run)
    both = {"sft": {}, "preference": {}}
    done = built(run, build={**both, "bounds": {"easiest_quarter": 0.1}})
    assert done.returncode == 1
    assert manifests(run) == before


def test_a_bound_is_told_however_the_run_ends(tmp_path: Path) -> None:
    sample = {
        "engine": {"type": "replay", "path": str(tmp_path / "candidates.jsonl")},
        "until": {"pass": 2, "fail": 2},
        "max_n": 8,
        "target": {"rows": 1000},
    }
    write_sums(tmp_path, sample=sample, build=EASY)
    done = winnow("run", "recipe.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert "the target of 1,000 rows was missed" in done.stderr
    assert "easiest quarter" in done.stderr
    assert not (tmp_path / "runs/sums/datasets").exists()


def test_a_verifier_that_judged_nothing(run: Path) -> None:
    before = manifests(run)
    done = built(run, verify={"type": "math"})
    assert done.returncode == 2
    assert "was judged by 'math'" in done.stderr
    assert "`winnow run` judges what is there" in done.stderr.replace("\n", " ")
    assert manifests(run) == before


def test_what_cleaning_reads_is_missed_before_anything_is_asked(tmp_path: Path) -> None:
    sets = [{"path": str(tmp_path / "held.jsonl"), "fields": ["question"]}]
    write_sums(tmp_path, build={"sft": {}, "clean": {"decontaminate": sets}})
    done = winnow("run", "recipe.yaml", cwd=tmp_path)
    assert done.returncode == 3
    assert "held.jsonl" in done.stderr
    assert not (tmp_path / "runs/sums/ledger").exists()


def test_a_recipe_that_cannot_be_built_is_not_kept(run: Path) -> None:
    before = manifests(run)
    missing = {"tokenizer": str(run / "tokenizer.json"), "prompt_and_completion": 100}
    done = built(run, build={"sft": {}, "clean": {"max_tokens": missing}})
    assert done.returncode == 3
    assert "tokenizer" in done.stderr
    assert manifests(run) == before
    assert not [path for path in (run / "builds").iterdir() if path.name.startswith(".")]
    assert winnow("build", "sums", cwd=run.parents[1]).returncode == 0
