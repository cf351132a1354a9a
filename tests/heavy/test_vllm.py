"""A real `vllm serve` on processors: one recipe from start to datasets, and its ends."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import yaml
from support import environments
from support.children import gone, offspring
from support.command import start, winnow
from support.fingerprints import keys
from support.vllm_on_cpu import ARGUMENTS, ENVIRONMENT

from winnow.steps.ledger import Ledger

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def vllm() -> tuple[Path, Path]:
    """The command `vllm` in an environment of its own, and a model that it can load."""
    folder = environments.vllm()
    return folder / "bin/vllm", folder / "smollm2"


@pytest.fixture
def folder(vllm: tuple[Path, Path], tmp_path: Path) -> Iterator[Path]:
    executable, model = vllm
    engine = {
        "type": "vllm",
        "model": str(model),
        "dtype": "bfloat16",
        "context": 512,
        "concurrency": 64,
        "executable": str(executable),
        "arguments": ARGUMENTS,
        "env": ENVIRONMENT,
    }
    recipe = {
        "name": "sums",
        "source": {"type": "tasks", "families": ["capital", "plural"], "per_family": 2, "seed": 1},
        "sample": {"engine": engine, "max_tokens": 24, "n": 8},
        "verify": {"type": "per_problem"},
    }
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    yield tmp_path
    shutil.rmtree(tmp_path / "runs", ignore_errors=True)


def test_a_recipe_from_start_to_datasets(folder: Path) -> None:
    killed = start("run", "recipe.yaml", "--set", "sample.engine.concurrency=4", cwd=folder)
    log, ledger = folder / "runs/sums/logs/vllm.log", Ledger(folder / "runs/sums/ledger")
    while not ledger.height("completions"):
        assert killed.poll() is None, log.read_text() if log.exists() else "no log"
        time.sleep(0.1)
    below = offspring(killed.pid)
    killed.kill()
    killed.wait()
    assert len(below) >= 3  # the keeper, the server, its engine
    assert gone(below, 60)
    before = set(keys(folder / "runs/sums")["completions"])

    done = winnow("run", "recipe.yaml", cwd=folder)
    assert done.returncode == 0, done.stderr
    told = keys(folder / "runs/sums")
    assert len(told["completions"]) == len(set(told["completions"])) == 4 * 8
    assert before <= set(told["completions"])  # it is the same engine
    rows = Ledger(folder / "runs/sums/ledger").scan("completions").collect()
    assert rows["completion_tokens"].min() > 0  # type: ignore[operator]
    assert set(rows["finish_reason"]) <= {"stop", "length"}
    assert rows["text"].n_unique() > 16  # seeds differ
    prompts = rows.group_by("problem").agg(pl.col("prompt_tokens").sum())
    assert prompts["prompt_tokens"].min() > 10  # type: ignore[operator]
    assert pl.read_parquet(folder / "runs/sums/datasets/sft/*.parquet").height > 0
