"""Verifiers as reward functions inside a real trainer: TRL's GRPOTrainer, two steps on a tiny model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.environments import run

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
