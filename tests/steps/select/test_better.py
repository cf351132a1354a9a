"""Better and worse by reward, where nobody knows what is right."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.candidates import One, groups, judged_frame
from support.ledgers import FINGERPRINT, SAMPLING, problem_of, write_ledger
from support.rewards import rows_of

from winnow.steps.records import CUT_OFF
from winnow.steps.scoring import Member, Reward, Scoring
from winnow.steps.select.better import better
from winnow.steps.select.candidates import judged
from winnow.steps.select.config import PreferenceConfig, SftConfig
from winnow.steps.select.preference import select_pairs
from winnow.steps.select.sft import select_sft


@given(groups(), st.integers(0, 9))
def test_against_the_mean_of_the_problem(ones: list[One], seed: int) -> None:
    found = {row["completion"]: row for row in better(judged_frame(ones, seed)).collect().to_dicts()}
    scored = [one for one in ones if one.reward is not None and one.finish_reason not in CUT_OFF]
    assert found.keys() == {one.completion for one in scored}
    for one in scored:
        over = (one.reward or 0) - fmean(
            other.reward or 0 for other in scored if other.problem == one.problem
        )
        status = "skip" if abs(over) < 1e-9 else "pass" if over > 0 else "fail"
        assert (found[one.completion]["status"], found[one.completion]["score"]) == (status, one.reward)


@pytest.mark.parametrize("scale", [1e-14, 1.0, 1e14])
def test_whatever_the_scale(scale: float) -> None:
    """Products of many probabilities are small, and rewards of functions may be large; equals are equal."""
    ones = [One("p", at, f"text {at}", "skip", reward=at * scale) for at in range(4)]
    ones += [One("q", at, f"text {at}", "skip", reward=0.1 * scale) for at in range(3)]
    ones += [One("r", 0, "text", "skip", reward=scale)]
    found = better(judged_frame(ones)).sort("problem", "index").collect()["status"].to_list()
    assert found == ["fail", "fail", "pass", "pass", *["skip"] * 4]


def test_the_best_of_n_and_the_worst_beside_it() -> None:
    """Whatever the verifier said: it is not asked."""
    rewards = [0.1, 0.9, 0.4, 0.6]
    ones = [One("p", at, f"text {at}", "skip", reward=reward) for at, reward in enumerate(rewards)]
    candidates = judged_frame(ones)
    (row,) = select_sft(candidates, SftConfig(trust="reward", per_problem=1)).to_dicts()
    assert row["completion"] == ones[1].completion
    pairs = select_pairs(candidates, PreferenceConfig(trust="reward", per_problem=4)).to_dicts()
    sides = [(row["chosen"], row["rejected"], round(row["margin"], 9)) for row in pairs]
    assert sides == [
        (ones[1].completion, ones[0].completion, 0.8),
        (ones[3].completion, ones[2].completion, 0.2),
    ]


def test_rewards_rank_what_is_right(tmp_path: Path) -> None:
    """`rank_by: [verdict, reward]` on a ledger: of those that are right the best by reward comes first."""
    ledger = write_ledger(tmp_path, [[("p", "a"), ("p", "b"), ("p", "c"), ("f", "d")]])
    problem = problem_of(0).id
    keys = [SAMPLING.key(problem, index) for index in range(4)]
    told = [Reward(0.2), Reward(0.7), Reward(0.5)]
    ledger.commit({"rewards": rows_of(problem, list(zip(keys, told, strict=False)))})
    scoring = Scoring((Member("s"),))
    candidates = judged(ledger, FINGERPRINT, {"said", "said_length"}, scoring)
    rewards = candidates.sort("index").select("reward").collect()["reward"]
    assert rewards.to_list() == [0.2, 0.7, 0.5, None]
    rows = select_sft(candidates, SftConfig(rank_by=["verdict", "reward"], per_problem=3))
    assert rows["completion"].to_list() == [keys[1], keys[2], keys[0]]
    nothing = judged(ledger, FINGERPRINT).select(pl.col("reward").null_count()).collect().item()
    assert nothing == 4
