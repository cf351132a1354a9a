"""Fitting the table of `compute_optimal`: which search is best for problems of which difficulty."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from winnow.steps.sample.search.node import Ask, Grow, Node, Search, driven
from winnow.steps.sample.search.optimal import compute_optimal
from winnow.steps.sample.search.optimal_config import Bin, ComputeOptimalConfig

Choose = Literal["best", "weighted", "majority", "any"]
CHOOSE: tuple[Choose, ...] = get_args(Choose)

BINS = 5
"""As many kinds of difficulty as Snell et al. have."""
LEAST = 20
"""So many problems a kind, at least."""
ALIKE = 1.1
"""Costs that differ by less are the same: of these, the one that is right more often."""
FOLDS = 5
_DIGITS = range(1, 18)


@dataclass(frozen=True, slots=True)
class Option:
    """A chain that may be chosen: what its scorer says, its answer (None: it has none), and whether that is
    right. One that did not end is not right."""

    value: float
    answer: str | None
    right: bool


def is_right(options: Sequence[Option], choose: Choose) -> bool:
    """Whether the chosen one of these is right: the `best` by the scorer; that with the answer that most have
    (`majority`), or that has the greatest sum of scores (`weighted`); `any`, where a verifier chooses.

    Of equals the first counts.

    >>> options = [Option(0.9, "8", False), Option(0.6, "7", True), Option(0.5, "7", True)]
    >>> [is_right(options, choose) for choose in CHOOSE]
    [False, True, True, True]
    """
    if choose == "any" or not options:
        return any(one.right for one in options)
    if choose == "best":
        return max(options, key=lambda one: one.value).right
    votes: dict[str, float] = {}
    for one in options:
        if one.answer is not None:
            weight = 1.0 if choose == "majority" else one.value if math.isfinite(one.value) else 0.0
            votes[one.answer] = votes.get(one.answer, 0.0) + weight
    winner = max(votes, key=votes.__getitem__, default=None)
    return next((one.right for one in options if one.answer == winner), False) if votes else False


@dataclass(frozen=True, slots=True)
class Known:
    """A problem of which every answer is known that a search may ask for: the answer, the tokens of a step,
    and chains as what may be chosen."""

    answer: Callable[[Ask], Node | float]
    tokens: Callable[[Grow], int]
    options: Callable[[Sequence[Node]], Sequence[Option]]

    def tried(self, search: Search, choose: Choose) -> tuple[bool, int]:
        """Whether what a search finds is right, and its tokens; what is asked twice is paid once."""
        paid: dict[Grow, int] = {}

        def answer(ask: Ask) -> Node | float:
            if isinstance(ask, Grow):
                paid[ask] = self.tokens(ask)
            return self.answer(ask)

        chains = driven(search, answer)
        return is_right(self.options(chains), choose), sum(paid.values())


@dataclass(frozen=True, slots=True)
class Tried:
    """A problem: what its first answers are worth, and of each strategy behind them whether what it finds is
    right, and its tokens, those of the probe among them."""

    worth: float
    right: tuple[bool, ...]
    tokens: tuple[int, ...]


def try_each(known: Known, config: ComputeOptimalConfig, seed: int, choose: Choose) -> Tried:
    """Each of the strategies as the only one of a table."""
    worths: list[float] = []

    def run(strategy: Search) -> tuple[bool, int]:
        def chosen(worth: float) -> Search:
            worths.append(worth)
            return strategy

        by_verdict = config.by == "verdict"
        return known.tried(compute_optimal(config.probe, config.depth, chosen, by_verdict=by_verdict), choose)

    found = [run(config.one(strategy, seed)) for strategy in config.strategies]
    return Tried(worths[0], tuple(right for right, _ in found), tuple(tokens for _, tokens in found))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a fitted table: its problems, each strategy's share of right answers and mean tokens, and
    which strategy it is."""

    below: float | None
    problems: int
    right: tuple[float, ...]
    tokens: tuple[float, ...]
    chosen: int

    def bin(self, config: ComputeOptimalConfig) -> Bin:
        """It as a table says it."""
        return Bin(below=self.below, search=config.strategies[self.chosen])


def fitted(tried: Sequence[Tried], slack: float = 0.01, bins: int = BINS) -> list[Line]:
    """The table that these problems call for: bins of like size, and in each the cheapest strategy of those
    that are right at most `slack` less often than the best; of some that cost the same, that which is best
    in all bins together.

    The order of the problems does not count. Fewer than `bins` times `LEAST` problems make fewer bins.

    >>> easy, hard = Tried(0.9, (True, True), (9, 30)), Tried(0.2, (False, True), (9, 30))
    >>> [(line.below, line.chosen) for line in fitted([easy, hard] * 20, bins=2)]
    [(0.9, 1), (None, 0)]
    """
    ordered = sorted(tried, key=lambda one: one.worth)
    limits = _limits([one.worth for one in ordered], max(1, min(bins, len(ordered) // LEAST)))
    overall = _means([one.right for one in ordered])
    lines, start = [], 0
    for limit in [*limits, None]:
        inside = [one for one in ordered[start:] if limit is None or one.worth < limit]
        start += len(inside)
        lines.append(_line(limit, inside, overall, slack))
    return lines


def beyond(tried: Sequence[Tried], slack: float = 0.01, bins: int = BINS) -> tuple[float, float]:
    """Share of right answers and mean tokens by tables that are each fitted without the problems that tell of
    them (cross-validation): on those that it was fitted on a table looks better than it is."""
    ordered = sorted(tried, key=lambda one: (one.worth, one.right, one.tokens))
    found = list[tuple[bool, int]]()
    for part in range(min(FOLDS, len(ordered))):
        rest = [one for at, one in enumerate(ordered) if at % FOLDS != part]
        lines = fitted(rest or ordered, slack, bins)
        for one in ordered[part::FOLDS]:
            line = next(
                (each for each in lines if each.below is not None and one.worth < each.below), lines[-1]
            )
            found.append((one.right[line.chosen], one.tokens[line.chosen]))
    right, tokens = _means(found)
    return right, tokens


def _line(below: float | None, tried: Sequence[Tried], overall: Sequence[float], slack: float) -> Line:
    right, tokens = _means([one.right for one in tried]), _means([one.tokens for one in tried])
    enough = [at for at, share in enumerate(right) if share >= max(right) - slack - 1e-9]
    cheap = [at for at in enough if tokens[at] <= ALIKE * min(tokens[at] for at in enough)]
    return Line(below, len(tried), right, tokens, max(cheap, key=lambda at: (overall[at], right[at], -at)))


def _means(rows: Sequence[Sequence[float]]) -> tuple[float, ...]:
    return tuple(sum(each) / len(rows) for each in zip(*rows, strict=True))


def _limits(worths: Sequence[float], bins: int) -> list[float]:
    """Where sorted numbers are cut into so many parts of like size; equal ones stay together.

    >>> _limits([0.1, 0.2, 0.7512, 0.9], 2), _limits([0.5, 0.5, 0.5, 0.9], 2), _limits([1.0, 1.0], 2)
    ([0.75], [0.9], [])
    """
    found: list[float] = []
    for part in range(1, bins):
        at = round(part * len(worths) / bins)
        steps = [place for place in range(1, len(worths)) if worths[place - 1] < worths[place]]
        place = min(steps, key=lambda step: (abs(step - at), step), default=0)
        if place:
            found.append(_between(worths[place - 1], worths[place]))
    return sorted(set(found))


def _between(low: float, high: float) -> float:
    """The shortest number that is above `low` and at most `high`."""
    return next((cut for digits in _DIGITS if low < (cut := round(high, digits)) <= high), high)
