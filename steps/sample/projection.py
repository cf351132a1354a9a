"""What a whole run will take and bring, told from a few of its problems, which were asked to their end.

Those stand for all: a run is played through with problems drawn from them, with replacement, in the order in
which the recipe's plan would ask (the bootstrap: B. Efron, 1979). What each of their candidates cost, and
what came of it, is on record.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

from winnow.steps.records import Candidate
from winnow.steps.sample.allocation import best_round
from winnow.steps.sample.config import SampleConfig
from winnow.steps.sample.consensus import answers_of, missing
from winnow.steps.sample.tally import Tally
from winnow.steps.sample.until import Until

_MOST_DRAWN = 400  # problems that one play has; the run's own number is in proportion
_PLAYS, _PLAYS_IN_ORDER = 400, 60
_COVERED = 0.90


@dataclass(frozen=True, slots=True)
class Total:
    """Of a run or a part of it: completions, all tokens, those of completions, money, and rows, of which
    `kept` are those that the recipe's `until` asks for, or problems whose answers agree as it asks."""

    completions: float = 0.0
    tokens: float = 0.0
    tokens_out: float = 0.0
    money: float = 0.0
    kept: float = 0.0
    sft: float = 0.0
    preference: float = 0.0

    def plus(self, other: Total, sign: int = 1) -> Total:
        return Total(*(getattr(self, f.name) + sign * getattr(other, f.name) for f in fields(Total)))

    def times(self, factor: float) -> Total:
        return Total(*(factor * getattr(self, f.name) for f in fields(Total)))


class Limits(NamedTuple):
    """How many rows of each dataset a problem gives at most."""

    sft: int
    preference: int


class Range(NamedTuple):
    """A middle value, and between which nine of ten lie."""

    middle: float
    low: float
    high: float


def project(
    sampled: Sequence[Sequence[Candidate]], config: SampleConfig, problems: int, limits: Limits, seed: int = 0
) -> dict[str, Range]:
    """The totals, by name, of a run over so many problems, of which `sampled` are the candidates of some.

    The ranges have both in them: that these are only some, and that the others will differ.
    """
    records = [_course(candidates, config, limits) for candidates in sampled]
    dice = random.Random(seed)
    drawn = min(problems, _MOST_DRAWN)
    scale = problems / drawn
    plays = []
    for _ in range(_PLAYS_IN_ORDER if config.allocates else _PLAYS):
        some = dice.choices(records, k=len(records))
        world = dice.choices(some, k=drawn)
        play = _in_order(world, config, scale) if config.allocates else _to_the_end(world)
        plays.append(play.times(scale))
    return {f.name: _range([getattr(play, f.name) for play in plays]) for f in fields(Total)}


class _Course(NamedTuple):
    """A problem's tallies and totals after 0, 1, 2, ... candidates."""

    tallies: list[Tally]
    totals: list[Total]


def _course(candidates: Sequence[Candidate], config: SampleConfig, limits: Limits) -> _Course:
    tallies, totals, paid = [Tally()], [Total()], Total()
    for at, one in enumerate(candidates, 1):
        choice, tally = one.choice, Tally.of(candidates[:at])
        tokens = choice.tokens + choice.prompt_tokens
        paid = paid.plus(Total(1, tokens, choice.tokens, choice.cost or 0.0))
        rows = Total(
            kept=_kept(config.until, tally, candidates[:at]) if config.until else 0,
            sft=min(tally.passed, limits.sft),
            preference=min(tally.passed, tally.failed, limits.preference),
        )
        tallies.append(tally)
        totals.append(paid.plus(rows))
    return _Course(tallies, totals)


def _kept(until: Until, tally: Tally, candidates: Sequence[Candidate]) -> int:
    if until.agree is not None:
        return int(not missing(until.agree, answers_of(candidates)))
    return tally.kept(until)


def _to_the_end(world: list[_Course]) -> Total:
    total = Total()
    for course in world:
        total = total.plus(course.totals[-1])
    return total


def _in_order(world: list[_Course], config: SampleConfig, scale: float) -> Total:
    """The most promising problem first, until the target or the budget is reached."""
    until, budget, target = config.until, config.budget, config.target
    if until is None:
        return _to_the_end(world)
    at, total = [0] * len(world), Total()

    def worth(which: int) -> float:
        course = world[which]
        left = len(course.tallies) - 1 - at[which]
        return best_round(until, course.tallies[at[which]], min(left, 1), 0.0).worth

    heap = [(-worth(which), which) for which in range(len(world))]
    heapq.heapify(heap)
    while heap:
        full = target is not None and total.kept * scale >= target.rows
        broke = budget is not None and (
            (budget.tokens is not None and total.tokens * scale >= budget.tokens)
            or (budget.money is not None and total.money * scale >= budget.money)
        )
        if full or broke:
            break
        value, which = heapq.heappop(heap)
        if value == 0:
            continue
        course = world[which]
        at[which] += 1
        total = total.plus(course.totals[at[which]]).plus(course.totals[at[which] - 1], sign=-1)
        if worth(which) > 0:
            heapq.heappush(heap, (-worth(which), which))
    return total


def _range(values: list[float]) -> Range:
    ordered = sorted(values)
    edge = (1 - _COVERED) / 2
    low, middle, high = (ordered[round(share * (len(ordered) - 1))] for share in (edge, 0.5, 1 - edge))
    return Range(middle, low, high)
