"""A judge that compares: who meets whom, what becomes of it, and that nothing is asked twice."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from support.openai_server import OpenAIServer, Script

from winnow.pipelines.owed import pairs_owed
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.schema import TABLES
from winnow.steps.records import Candidate, Choice, Group, Problem
from winnow.steps.score.config import EnsembleConfig
from winnow.steps.score.judge_config import JudgeConfig
from winnow.steps.score.pairs import bradley_terry, pairs_of, win_rates
from winnow.steps.score.stage import Score
from winnow.steps.scoring import Reward
from winnow.steps.stage import Context


@pytest.mark.parametrize(("count", "opponents"), [(2, 4), (5, 4), (6, 4), (9, 4), (16, 3), (17, 6), (40, 2)])
def test_each_meets_enough_others_and_all_hang_together(count: int, opponents: int) -> None:
    pairs = pairs_of(count, opponents)
    assert len(set(pairs)) == len(pairs) and all(one < other for one, other in pairs)
    met = [sum(at in pair for pair in pairs) for at in range(count)]
    assert set(met) == {min(count - 1, 2 * math.ceil(opponents / 2))}
    reached, edge = {0}, {0}
    while edge:
        edge = {one for pair in pairs if edge & {*pair} for one in pair} - reached
        reached |= edge
    assert len(reached) == count
    more = set(pairs_of(count + 1, opponents))
    assert len({*pairs} - more) <= opponents  # who joins changes little


def likelihood(strengths: Sequence[float], scores: dict[tuple[int, int], float]) -> float:
    """That of Bradley and Terry, with one tie of each against the strength 1."""
    told = sum(
        score * math.log(strengths[one] / (strengths[one] + strengths[other]))
        + (1 - score) * math.log(strengths[other] / (strengths[one] + strengths[other]))
        for (one, other), score in scores.items()
    )
    return told + sum(0.5 * math.log(one / (one + 1)) + 0.5 * math.log(1 / (one + 1)) for one in strengths)


def test_the_strengths_are_the_likeliest() -> None:
    draw = random.Random(3)
    scores = {pair: draw.choice([0.0, 0.25, 0.5, 1.0]) for pair in pairs_of(9, 4)}
    rated = bradley_terry(9, scores)
    strengths = [one / (1 - one) for one in rated if one is not None]
    best = likelihood(strengths, scores)
    for at in range(9):
        for factor in (0.99, 1.01):
            other = [one * factor if place == at else one for place, one in enumerate(strengths)]
            assert likelihood(other, scores) < best


def test_where_all_have_met_both_ratings_rank_alike() -> None:
    for seed in range(20):
        draw = random.Random(seed)
        scores = {pair: draw.choice([0.0, 0.5, 1.0]) for pair in combinations(range(6), 2)}
        wins, rated = win_rates(6, scores), bradley_terry(6, scores)
        for one, other in combinations(range(6), 2):
            by = [wins[one] - wins[other], rated[one] - rated[other]]  # type: ignore[operator]
            assert (abs(by[0]) < 1e-9) == (abs(by[1]) < 1e-6) and by[0] * by[1] >= -1e-12
    assert win_rates(3, {(0, 1): 1.0}) == [1.0, 0.0, None]
    assert bradley_terry(3, {(0, 1): 1.0})[2] is None


class Prefers(OpenAIServer):
    """A judge that likes the answer which stands first, unless the other is better by more than 2; it says
    nothing of answers that are `odd`, and breaks as often as `broken` tells."""

    broken = 0

    def _completion(self, asked: dict[str, Any]) -> dict[str, Any]:
        found = super()._completion(asked)
        content = asked["messages"][-1]["content"]
        worth = [int(one) for one in re.findall(r"quality (\d+)", content)]
        if len(worth) == 2:
            word = "B" if worth[1] > worth[0] + 2 else "A"
            said = "Who knows?" if "odd" in content else f"It says 'better: b'.\n**Better: {word}**"
            found["choices"][0]["message"]["content"] = said
            if self.broken:
                self.broken, found["choices"] = self.broken - 1, []
        return found


def config_of(server: OpenAIServer, **told: Any) -> JudgeConfig:
    engine = {"type": "endpoint", "base_url": server.url, "model": "m", "retries": 0, "patience": 0.0}
    return TypeAdapter(JudgeConfig).validate_python(
        {"type": "judge", "form": "pairwise", "engine": engine, **told}
    )


def group_of(*texts: str) -> Group:
    problem = Problem("p", ({"role": "user", "content": "Do it."},))
    return Group(problem, [Candidate(str(at), at, Choice(text)) for at, text in enumerate(texts)])


async def judged(config: JudgeConfig, group: Group, rows: list[dict[str, Any]]) -> list[Reward]:
    """The rewards of the group; what goes into the ledger's comparisons is added to `rows`."""

    async def put(table: str, found: Sequence[tuple[Any, ...]]) -> None:
        if table == "comparisons":
            rows.extend(dict(zip(TABLES[table].names, row, strict=True)) for row in found)

    stage, context, before = Score(config), Context(run="r", goes_on=True), len(rows)
    context.put = put
    try:
        await stage.open(context)
        await stage.on_group(group)
    finally:
        await stage.close()
    assert (context.spent.judge_tokens > 0) == (len(rows) > before)  # where nothing is owed, nobody starts
    return [one.rewards[config.fingerprint] for one in group.candidates]


async def test_both_orders_are_asked_and_nothing_twice() -> None:
    with Prefers(Script()) as server:
        config, rows = config_of(server), list[dict[str, Any]]()
        texts = ["quality 1", "quality 9", "quality 5", "quality 6", "  quality 9\n"]
        group = group_of(*texts)
        found = await judged(config, group, rows)
        values = [one.value or 0.0 for one in found]
        assert values[0] < values[2] == values[3] < values[1] == values[4]  # a judge of places makes ties
        asked = len(server.sampled)
        assert asked == len(rows) == 2 * 6  # four different texts
        assert {(row["first"], row["second"]) for row in rows} == {
            (row["second"], row["first"]) for row in rows
        }
        assert await judged(config, group, rows) == found and len(server.sampled) == asked
        group.candidates.append(Candidate("5", 5, Choice("quality 3")))
        await judged(config, group, rows)
        assert len(server.sampled) == asked + 2 * 4  # the new one alone, against four others
        shares = config_of(server, rating="win_rate")
        assert shares.fingerprint != config.fingerprint and shares.comparison == config.comparison
        wins = [one.value for one in await judged(shares, group, rows)]
        assert wins == [0.125, 1.0, 0.5, 0.625, 1.0, 0.25] and len(server.sampled) == asked + 8


async def test_judges_of_an_ensemble_that_compare_alike_ask_once(tmp_path: Path) -> None:
    """Whoever of them is first, and as `run --check` tells it."""
    with Prefers(Script()) as server:
        ways = [config_of(server, rating="win_rate"), config_of(server, opponents=2)]
        both = EnsembleConfig(type="ensemble", of=ways)
        group = group_of(*(f"quality {at}" for at in range(6)))
        assert pairs_owed(Ledger(tmp_path), both, [group]) == 12
        stage = Score(both)
        await stage.open(Context(run="r"))
        await stage.on_group(group)
        await stage.close()
        assert all(len(one.rewards) == 2 for one in group.candidates)
        assert len(server.sampled) == 2 * 12


async def test_what_nobody_can_say_and_what_failed() -> None:
    with Prefers(Script(max_prompt=1400)) as server:
        config, rows = config_of(server), list[dict[str, Any]]()
        found = await judged(config, group_of("quality 1", "odd quality 9", "quality 5"), rows)
        assert found[1].value is None and "nothing usable" in found[1].reason and not found[1].failed
        assert [one.value is not None for one in found] == [True, False, True]
        assert sum(row["score"] is None for row in rows) == 4
        long = group_of("quality 1", "quality 9", "quality 5 " * 200)
        found = await judged(config, long, rows)  # too long for the judge: no pair, and not asked again
        assert [one.value is not None for one in found] == [True, True, False]
        assert sum("too long" in row["reason"] for row in rows) == 4
        (alone,) = await judged(config, group_of("quality 1"), rows)
        assert alone.value is None and "nothing to compare" in alone.reason


async def test_a_comparison_that_failed_is_asked_for_again_alone() -> None:
    with Prefers(Script()) as server:
        server.broken = 3
        config, group = config_of(server), group_of("quality 1", "quality 9", "quality 5")
        rows: list[dict[str, Any]] = []
        found = await judged(config, group, rows)
        assert [row["status"] for row in rows].count("error") == 3 and len(rows) == 6
        assert all(one.failed and "a comparison is missing" in one.reason for one in found)
        assert not any(one.failed for one in await judged(config, group, rows))
        assert len(rows) == 9


def test_who_compares_and_what_becomes_of_it(tmp_path: Path) -> None:
    with Prefers(Script()) as server:
        one, other = config_of(server), config_of(server, opponents=8)
        assert one.comparison == other.comparison and one.fingerprint != other.fingerprint
        assert one.comparison != config_of(server, rubric="Be kind.").comparison
        scalar = TypeAdapter(JudgeConfig).validate_python(
            {**one.model_dump(exclude={"opponents", "rating"}), "form": "scalar"}
        )
        assert scalar.comparison is None and not scalar.relative and one.relative
