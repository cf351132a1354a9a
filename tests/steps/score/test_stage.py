"""The stage that scores: what is owed, what failed, what hangs on the whole group."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest

from winnow.steps.ledger.schema import TABLES
from winnow.steps.records import Candidate, Choice, Group, Problem
from winnow.steps.score.base import ScorerConfig
from winnow.steps.score.config import EnsembleConfig, LengthConfig, VotesConfig
from winnow.steps.score.scorer import Ready
from winnow.steps.score.stage import Score
from winnow.steps.scoring import Reward
from winnow.steps.stage import Context
from winnow.verifiers import Verdict

NAMES = TABLES["rewards"].names


def group_of(*texts: str, cut: int | None = None) -> Group:
    problem = Problem("p", ({"role": "user", "content": "2 + 2?"},))
    candidates = [
        Candidate(
            str(at), at, Choice(text, "length" if at == cut else "stop"), Verdict.passed(extracted=text)
        )
        for at, text in enumerate(texts)
    ]
    return Group(problem, candidates)


async def scored(config: ScorerConfig, group: Group, context: Context | None = None) -> list[dict[str, Any]]:
    """Score the group; returns the ledger's rows."""
    found: list[dict[str, Any]] = []

    async def put(table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        assert table == "rewards"
        found.extend(dict(zip(NAMES, row, strict=True)) for row in rows)

    context = context or Context(run="r")
    context.put = put
    stage = Score(config)
    try:
        await stage.open(context)
        assert await stage.on_group(group) is group
    finally:
        await stage.close()
    return found


async def test_each_is_scored_once_and_none_that_was_cut_off() -> None:
    config, group = LengthConfig(type="length"), group_of("a", "bb", "ccc", cut=1)
    rows = await scored(config, group)
    assert [(row["completion"], row["reward"], row["status"]) for row in rows] == [
        ("0", 1.0, "scored"),
        ("2", 3.0, "scored"),
    ]
    assert {(row["scorer"], row["version"], row["fingerprint"]) for row in rows} == {
        ("length", "1", config.fingerprint)
    }
    assert await scored(config, group) == []
    group.candidates.append(Candidate("3", 3, Choice("dddd")))
    assert [row["completion"] for row in await scored(config, group)] == ["3"]


async def test_what_hangs_on_the_group_is_scored_anew_with_it() -> None:
    config, group = VotesConfig(type="votes"), group_of("4", "5", "4")
    rows = await scored(config, group)
    assert [round(row["reward"], 3) for row in rows] == [0.667, 0.333, 0.667]
    group.candidates.append(Candidate("3", 3, Choice("5"), Verdict.failed("no", extracted="5.0")))
    group.complete = False
    assert await scored(config, group) == []  # not yet: more will come
    group.complete = True
    rows = await scored(config, group)
    assert [(row["completion"], row["reward"]) for row in rows] == [(str(at), 0.5) for at in range(4)]
    assert await scored(config, group) == []


async def test_votes_go_by_todays_verdicts() -> None:
    """An answer that only a later run took out, or another verifier: the shares of all change with it."""
    config, group = VotesConfig(type="votes"), group_of("4", "5")
    group.candidates[1].verdict = Verdict.error("the verifier broke")
    context = Context(run="r")
    assert [row["reward"] for row in await scored(config, group, context)] == [0.5, 0.0]
    group.candidates[1].verdict = Verdict.passed(extracted="4.0")
    assert [row["reward"] for row in await scored(config, group, context)] == [1.0, 1.0]
    assert await scored(config, group, context) == []
    assert context.counts["scored"] == 4


class Raising(Ready):
    """A scorer that breaks as no scorer should."""

    async def score(self, problem: Problem, candidates: Sequence[Candidate]) -> Sequence[Reward]:
        if candidates[0].text == "short":
            return []
        raise IndexError("index out of range\nin self")


class RaisingConfig(ScorerConfig):
    type: str = "raising"

    def scorer(self, log_dir: object = None) -> Raising:
        return Raising()


@pytest.mark.parametrize(
    ("text", "why"), [("a", "IndexError: index out of range in self"), ("short", "0 rewards for 1")]
)
async def test_a_scorer_that_breaks_ends_no_run(text: str, why: str) -> None:
    group = group_of(text)
    (row,) = await scored(RaisingConfig(), group)
    assert row["status"] == "error" and why in row["reason"]


async def test_a_scorer_that_breaks_ends_no_search() -> None:
    stage, problem = Score(RaisingConfig()), group_of("a").problem
    await stage.open(Context(run="r"))
    ((_, rewards),) = [told async for told in stage.rewards(problem, {"place": "a"}, {})]
    assert rewards["place"].failed and "IndexError: index out of range in self" in rewards["place"].reason


class Broken(Ready):
    """A scorer that gives no number for a text of one letter."""

    async def score(self, problem: Problem, candidates: Sequence[Candidate]) -> Sequence[Reward]:
        return [
            Reward(math.nan)
            if len(one.text) == 1
            else Reward(steps=(0.5, math.inf) if one.text == "inf" else (1.0,))
            for one in candidates
        ]


class BrokenConfig(ScorerConfig):
    type: str = "broken"
    made: ClassVar[int] = 0

    def scorer(self, log_dir: object = None) -> Broken:
        return Broken()


async def test_what_is_no_number_is_an_error() -> None:
    group, context = group_of("a", "good", "inf"), Context(run="r")
    rows = await scored(BrokenConfig(), group, context)
    assert [(row["status"], row["reward"], row["steps"]) for row in rows] == [
        ("error", None, None),
        ("scored", None, (1.0,)),
        ("error", None, None),
    ]
    assert "nan" in rows[0]["reason"] and "inf" in rows[2]["reason"]
    assert (context.counts["scored"], context.counts["unscored"]) == (1, 2)
    assert [one.rewards[BrokenConfig().fingerprint].failed for one in group.candidates] == [True, False, True]


async def test_members_of_an_ensemble_are_kept_apart() -> None:
    told = {"type": "ensemble", "of": [{"type": "length"}, {"type": "random"}]}
    config, group = EnsembleConfig.model_validate(told), group_of("a", "bb")
    rows = await scored(config, group)
    assert sorted(row["scorer"] for row in rows) == ["length", "length", "random", "random"]
    # one of them alone has given its rewards already
    assert await scored(LengthConfig(type="length"), group) == []
    assert len(config.scoring.members) == 2 and config.scoring.combine == "mean"
