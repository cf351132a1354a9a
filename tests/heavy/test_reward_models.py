"""Reward models in process: tiny random ones, against each model's own recipe, and in a whole run.

In TRL's environment, which has what the extra `rm` brings.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.recipes import write_sums

from winnow.steps.ledger import Ledger

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1800)]
FAMILIES = ("qwen", "math_shepherd", "rlhflow")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def told(trl: Path, models: Path) -> dict[str, Any]:
    script = Path(__file__).with_name("score_with_models.py")
    done = subprocess.run([trl, script, models], capture_output=True, text=True, cwd=models)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_rewards_are_those_of_each_models_own_recipe(told: dict[str, Any]) -> None:
    """In batches, padded on the right, against one text at a time."""
    ours = told["ours"]
    for at, theirs in enumerate(told["theirs"]):
        assert ours["orm"][at]["value"] == pytest.approx(theirs["orm"], rel=1e-4)
        for family in FAMILIES:
            assert ours[family][at]["steps"] == pytest.approx(theirs[family], rel=1e-4), (family, at)
    spread = [one["value"] for one in ours["orm"][:5]]
    assert max(spread) - min(spread) > 0.01  # the texts are told apart
    assert all(
        (one["value"] < 0) == (raw["value"] < 0.5)
        for raw, one in zip(ours["orm"][:7], ours["raw"], strict=False)
    )


def test_there_are_as_many_scores_as_steps(told: dict[str, Any]) -> None:
    """Whatever a completion says: names of special tokens are text, and a word that is a tag is told."""
    *counts, _ = told["steps"]
    for name, found in told["ours"].items():
        if name in ("orm", "raw"):
            continue
        lost = [name == "math_shepherd" and at == 6 for at in range(len(counts))]
        for one, count, is_lost in zip(found, counts, lost, strict=False):
            assert one["steps"] is None if is_lost else len(one["steps"]) == count, name
        assert not any(one["failed"] for one in found)
        assert "too long" in found[-1]["why"]
    assert told["ours"]["math_shepherd"][6]["why"] == "expected 2 tags 'ки', one a step, found 4"


def test_a_run_with_a_process_reward_model(
    trl: Path, told: dict[str, Any], models: Path, tmp_path: Path
) -> None:
    engine = {"type": "transformers", "model": str(models / "prm")}
    score = {"type": "prm", "family": "qwen", "engine": engine, "aggregate": "min"}
    write_sums(tmp_path, count=4, score=score)
    env = {**os.environ, "PYTHONPATH": ""}
    command = [trl, "-m", "winnow.pipelines.cli", "run", "recipe.yaml"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = Ledger(tmp_path / "runs/sums/ledger").scan("rewards").collect()
    assert rows.height == 16 and rows["steps"].list.len().to_list() == [1] * 16
    assert rows["reward"].null_count() == 16
    built = pl.read_parquet(tmp_path / "runs/sums/datasets/sft/*.parquet")
    assert built["reward"].is_between(0, 1).all()
    wrong = json.dumps({**score, "family": "math_shepherd"})
    done = subprocess.run(
        [*command, "--set", f"score={wrong}"], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert done.returncode == 3 and "Traceback" not in done.stderr, done.stderr
    assert "its checkpoint has no lm_head.weight: it is a model of another kind" in done.stderr
