"""Baselines, recorded rewards, functions, and what makes two scorers the same."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from support.recipes import write_jsonl
from support.rewards import scored

from winnow.steps.errors import MissingError, UsageError
from winnow.steps.records import Candidate, Choice, Problem
from winnow.steps.score.base import ScorerConfig
from winnow.steps.score.config import AnyScorer
from winnow.steps.scoring import Reward
from winnow.verifiers import Verdict

PROBLEM = Problem("7", ({"role": "user", "content": "2 + 2?"},), {"answer": "4"})
ADAPTER: TypeAdapter[ScorerConfig] = TypeAdapter(AnyScorer)


def config_of(**told: Any) -> ScorerConfig:
    return ADAPTER.validate_python(told)


async def rewards(config: ScorerConfig, *candidates: Candidate) -> list[Reward]:
    return await scored(config, PROBLEM, candidates)


def said(at: int, text: str, **choice: Any) -> Candidate:
    return Candidate(f"key {at}", at, Choice(text, **choice), Verdict.passed(extracted=text))


async def test_the_models_own_probability() -> None:
    """Of four tokens with probability 1/2 each the mean is 1/2, however many there are."""
    told = [
        said(0, "a", tokens=4, logprob=-4 * math.log(2)),
        said(1, "b", tokens=1, logprob=0.0),
        said(2, "c"),
    ]
    found = await rewards(config_of(type="logprob"), *told)
    assert [one.value for one in found[:2]] == [pytest.approx(0.5), 1.0]
    assert found[2].value is None and "sample.engine.logprobs" in found[2].reason and not found[2].failed


async def test_votes_are_for_answers_in_one_spelling() -> None:
    found = await rewards(
        config_of(type="votes"), *(said(at, text) for at, text in enumerate(("1/2", "0.5", "3", "")))
    )
    assert [one.value for one in found] == [0.5, 0.5, 0.25, 0.0]


async def test_chance_hangs_on_seed_and_key_alone() -> None:
    told = [said(at, "same") for at in range(400)]
    one, again, other = [await rewards(config_of(type="random", seed=seed), *told) for seed in (1, 1, 2)]
    values = [reward.value or 0.0 for reward in one]
    assert one == again != other
    assert 0 <= min(values) < max(values) < 1
    assert sum(values) / len(values) == pytest.approx(0.5, abs=6 / math.sqrt(12 * 400))


async def test_rewards_from_a_file_by_problem_and_index(tmp_path: Path) -> None:
    completions = [
        {"text": "a", "reward": 1},
        {"text": "b", "steps": [0.5, 0.25]},
        "c",
        {"text": "b", "reward": 7},
    ]
    path = write_jsonl(tmp_path / "r.jsonl", [{"id": 7, "completions": completions}])
    config = config_of(type="recorded", path=str(path), aggregate="min")
    found = await rewards(config, said(1, "b"), said(0, "a"), said(2, "c"), said(4, "d"), said(3, "b"))
    assert found[4] == Reward(7.0)  # of one text twice the one in its place
    assert found[:3] == [Reward(steps=(0.5, 0.25)), Reward(1.0), Reward()]
    assert found[3] == Reward(reason="r.jsonl has no reward for it")
    moved = await rewards(
        config, said(0, " b\n"), said(1, "new"), said(5, "a")
    )  # by the text, where it has one
    assert moved[0].steps == (0.5, 0.25) and moved[2].value == 1.0
    assert moved[1] == Reward(reason="r.jsonl has no reward for it: it has another text at 1")
    before = config.fingerprint
    assert config_of(type="recorded", path=str(path)).fingerprint == before  # whatever the aggregate
    write_jsonl(path, [{"id": 7, "completions": [{"reward": 2}]}])
    assert config.fingerprint != before


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "no JSON"),
        ("[1]", 'expected {"id"'),
        ('{"id": true, "completions": []}', 'expected {"id"'),
        ('{"id": 1}', "`completions` should be a list"),
        ('{"id": 1, "completions": [{"reward": "1"}]}', "completion 0: `reward` should be a number"),
        ('{"id": 1, "completions": [{}, {"steps": [1, null]}]}', "completion 1: `steps` should be"),
        ('{"id": 1, "completions": [{"reward": NaN}]}', "`reward` should be a number"),
        ('{"id": "0", "completions": []}', "the id '0' is there twice"),
    ],
)
async def test_a_bad_line_is_told_by_its_number(tmp_path: Path, line: str, why: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(json.dumps({"id": 0, "completions": []}) + "\n\n" + line + "\n")
    with pytest.raises(UsageError, match="line 3: ") as told:
        await config_of(type="recorded", path=str(path)).scorer().start()
    assert why in str(told.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="set the scorer's `path`"):
        _ = config_of(type="recorded", path=str(tmp_path / "no.jsonl")).fingerprint


FUNCTIONS = """
import time

def short(completions, answer, **columns):
    return [-3.5 * len(text) if reference == "4" else None for text, reference in zip(completions, answer)]

def moody(completions, **columns):
    if completions[0] == "slow":
        time.sleep(60)
    if completions[0] == "none":
        return [None]
    return [1 / (len(completions[0]) - 3)]
"""


async def test_a_function_gives_any_number_and_may_break(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(FUNCTIONS)
    found = await rewards(
        config_of(type="function", function=f"{file}:short"), said(0, "ab"), said(1, "abcd")
    )
    assert [one.value for one in found] == [-7.0, -14.0]
    moody = config_of(type="function", function=f"{file}:moody", deadline=1.0)
    texts = ["four", "bad", "slow", "none", "sixsix"]
    found = await rewards(moody, *(said(at, text) for at, text in enumerate(texts)))
    assert [one.value for one in found] == [1.0, None, None, None, pytest.approx(1 / 3)]
    assert [one.failed for one in found] == [False, True, True, False, False]
    assert "ZeroDivisionError" in found[1].reason
    before = moody.fingerprint
    file.write_text(FUNCTIONS + "\n# edited\n")
    assert config_of(type="function", function=f"{file}:moody").fingerprint != before


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"type": "function", "function": "nowhere.py:f"}, "cannot be read"),
        ({"type": "ensemble", "of": [{"type": "length"}]}, "at least 2 items"),
        ({"type": "ensemble", "of": [{"type": "length"}, {"type": "length"}]}, "are the same"),
        (
            {"type": "ensemble", "of": [{"type": "length"}, {"type": "votes"}], "weights": [1.0]},
            "expected 2 numbers",
        ),
        (
            {
                "type": "ensemble",
                "of": [{"type": "length"}, {"type": "votes"}],
                "weights": [1.0, 2.0],
                "combine": "min",
            },
            "are of a mean",
        ),
        ({"type": "recorded", "path": "x", "aggregate": "max"}, "'last', 'min', 'prod', 'mean' or 'sum'"),
        ({"type": "length", "aggregate": "min"}, "Extra inputs"),
    ],
)
def test_what_is_no_scorer(told: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        config_of(**told)


def test_fingerprints_tell_scorers_apart() -> None:
    told = [{"type": "length"}, {"type": "votes"}, {"type": "random"}, {"type": "random", "seed": 1}]
    prints = [config_of(**one).fingerprint for one in told]
    assert len(set(prints)) == 4 and prints == [config_of(**one).fingerprint for one in told]
