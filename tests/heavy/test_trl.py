"""TRL's trainers, two steps on a tiny model: verifiers as rewards, and each kind of dataset as data."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from support.environments import run
from support.ledgers import FINGERPRINT, Told, write_ledger

from winnow.steps.build.config import BuildConfig
from winnow.steps.build.datasets import build_datasets
from winnow.verifiers import Status, load

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1200)]


def test_verifiers_reward_a_policy(trl: Path, tmp_path: Path) -> None:
    script = Path(__file__).with_name("train_with_rewards.py")
    found = json.loads(run(trl, script, tmp_path, cwd=tmp_path).splitlines()[-1])
    told, log = found["told"], [line for line in found["log"] if "reward" in line]
    assert len(told) == 64  # two steps of four prompts, eight completions each
    judge = load("number")
    for row in told:
        verdict = judge({"answer": row["answer"]}, row["completion"])
        assert row["reward"] == verdict.score
        assert (row["reward"] is None) == (row["answer"] == "many") == (verdict.status is Status.ERROR)
    assert {1.0, 0.0, None} <= {row["reward"] for row in told}
    assert len(log) == 2
    for at, line in enumerate(log):
        known = [row["reward"] for row in told[32 * at : 32 * at + 32] if row["reward"] is not None]
        assert line["rewards/number/mean"] == pytest.approx(sum(known) / len(known), abs=1e-4)
        assert "rewards/character_count/mean" in line


@pytest.mark.parametrize(("form", "thinking"), [("explicit", "keep"), ("implicit", "field")])
def test_each_kind_of_dataset_is_trained_on(trl: Path, tmp_path: Path, form: str, thinking: str) -> None:
    groups: list[Told] = [
        [("p", f"<think>{at}</think> right {at}"), ("f", f"wrong {at}"), ("p", f"right {at}"), ("f", "wrong")]
        for at in range(6)
    ]
    messages = {"messages": {"thinking": thinking, "system": "question first"}}
    kinds = dict.fromkeys(("sft", "preference", "kto", "grpo"), messages)
    reward, steps = {"prompt": form, **messages}, {"messages": {"system": "question first"}}
    config = BuildConfig.model_validate({**kinds, "reward": reward, "step_preference": steps})
    build = build_datasets(write_ledger(tmp_path / "ledger", groups), FINGERPRINT, config, tmp_path)
    script = Path(__file__).with_name("train_on_datasets.py")
    logs = json.loads(run(trl, script, build.folder, tmp_path / "trained", cwd=tmp_path).splitlines()[-1])
    assert set(logs) == {*kinds, "reward", "step_preference"}
    for name, log in logs.items():
        losses = [line["loss"] for line in log if "loss" in line]
        assert len(losses) == 2, name
        assert all(math.isfinite(loss) for loss in losses), name
    # A random model's: some words' cross-entropy, and -log sigmoid(-margin), there being nothing else.
    assert logs["sft"][0]["loss"] > 1
    for name in ("preference", "step_preference"):
        assert logs[name][0]["loss"] == pytest.approx(math.log(2), abs=1e-3)
    assert logs["reward"][0]["loss"] == pytest.approx(math.log(1 + math.e), abs=0.05)
