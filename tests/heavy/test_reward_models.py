"""Reward models in process: tiny random ones, against each model's own recipe, and in a whole run.

In TRL's environment, which has what the extra `rm` brings; and the same behind a real `vllm serve`.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import TypeAdapter
from support import environments
from support.recipes import write_sums
from support.vllm_on_cpu import ARGUMENTS, ENVIRONMENT

from winnow.steps.ledger import Ledger
from winnow.steps.records import Candidate, Choice, Problem
from winnow.steps.score.config import AnyScorer
from winnow.steps.score.families import Family
from winnow.steps.score.pooling import PoolingPrm
from winnow.steps.score.scorer import Scorer
from winnow.steps.scoring import Reward

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1800)]
FAMILIES = ("qwen", "math_shepherd", "rlhflow", "skywork", "implicit")


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
        for name in ("orm", "rm"):
            assert ours[name][at]["value"] == pytest.approx(theirs[name], rel=1e-4), (name, at)
        for family in FAMILIES:
            assert ours[family][at]["steps"] == pytest.approx(theirs[family], rel=1e-3), (family, at)
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
        if name in ("orm", "raw", "rm"):
            continue
        lost = [name == "math_shepherd" and at == 6 for at in range(len(counts))]
        for one, count, is_lost in zip(found, counts, lost, strict=False):
            assert one["steps"] is None if is_lost else len(one["steps"]) == count, name
        assert not any(one["failed"] for one in found)
        assert "too long" in found[-1]["why"]
    assert told["ours"]["math_shepherd"][6]["why"] == "expected 2 tags 'ки', one a step, found 4"


def test_a_model_that_makes_more_of_its_logits_is_refused(told: dict[str, Any]) -> None:
    """Gemma 2 caps them; what its head says is not how likely its words are."""
    assert "scales or caps its logits" in told["capped"]


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


class Running:
    """A server that somebody else has started."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def __getattr__(self, name: str) -> Any:
        return getattr(self._server, name)

    async def start(self, step: int | None = None) -> None:
        pass


async def scores(scorer: Scorer, texts: list[str]) -> list[Reward]:
    problem = Problem("p", ({"role": "user", "content": "What is 2 + 2?"},))
    return list(await scorer.score(problem, [Candidate(text, 0, Choice(text)) for text in texts]))


async def served(name: str, models: Path, logs: Path, texts: list[str], **told: Any) -> list[Reward]:
    """The rewards of these texts by a server that winnow starts and ends; all are asked for at once."""
    engine = {
        "type": "vllm",
        "model": str(models / name),
        "dtype": "float32",
        "context": 512,
        "executable": str(environments.vllm() / "bin/vllm"),
        "arguments": ARGUMENTS,
        "env": ENVIRONMENT,
    }
    scorer = TypeAdapter(AnyScorer).validate_python({**told, "engine": engine}).scorer(logs)
    try:
        await scorer.start()
        found = await scores(scorer, texts)
        if name == "prm":  # the server pools by another token than this family ends its steps with
            lost = PoolingPrm(Running(scorer._server), Family("<|endoftext|>"))
            await lost.start()
            found += await scores(lost, texts[:1])
        return found
    finally:
        await scorer.close()


async def test_what_is_served_scores_as_in_process(
    told: dict[str, Any], models: Path, tmp_path: Path
) -> None:
    """A token's rewards, a sequence's and those of steps, by vLLM's pooling; in process they were padded."""
    kinds: dict[str, dict[str, Any]] = {
        "rm": {"type": "orm"},
        "orm": {"type": "orm"},
        "prm": {"type": "prm", "family": "qwen"},
    }
    texts: list[str] = told["texts"]
    tasks = [served(name, models, tmp_path, texts, **kind) for name, kind in kinds.items()]
    rewards = dict(zip(kinds, await asyncio.gather(*tasks), strict=True))
    for name, kind in kinds.items():
        *ours, long = told["ours"][kind.get("family", name)]
        for at, (one, found) in enumerate(zip(ours, rewards[name], strict=False)):
            assert not found.failed, found.reason
            if kind["type"] == "prm":
                assert found.steps == pytest.approx(tuple(one["steps"]), abs=1e-3), (name, at)
            elif "<" not in texts[at]:  # a server reads the names of special tokens as these
                assert found.value == pytest.approx(one["value"], abs=1e-3), (name, at)
        assert "too long" in long["why"] and "too long" in rewards[name][len(ours)].reason
        assert rewards[name][len(ours)].value is rewards[name][len(ours)].steps is None
    lost = rewards["prm"][-1]
    assert lost.failed and lost.steps is None and "3 reasoning steps have 0 scores" in lost.reason
    assert not list(tmp_path.glob("*/vllm.pid"))
