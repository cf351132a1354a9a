"""How often a problem is asked: a pure function of what is known of it.

Rounds end at fixed goals, and a goal depends on the first so many candidates alone. So a run that was
killed in the middle of a round and resumed asks exactly what an undisturbed one would have asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from winnow.steps.records import Candidate
from winnow.steps.sample.config import SampleConfig
from winnow.steps.sample.consensus import answers_of, missing
from winnow.steps.sample.odds import is_below, rate
from winnow.steps.sample.tally import Tally
from winnow.steps.sample.until import Until

LARGEST_ROUND = 16


def next_goal(config: SampleConfig, judged: Sequence[Candidate]) -> int:
    """How many candidates the problem should have after the next round.

    Args:
        judged: the problem's first candidates, by index, as many as the last goal asked for.

    Returns:
        The next goal, or `len(judged)` when nothing more is owed.
    """
    if config.until is None:
        return config.n or 0
    return min(len(judged) + _owed(config.until, judged), config.max_n or 0)


def _owed(until: Until, judged: Sequence[Candidate]) -> int:
    if until.agree is not None:
        return min(missing(until.agree, answers_of(judged)), max(LARGEST_ROUND, until.least))
    return expected_need(until, Tally.of(judged)) if judged else until.least


def expected_need(until: Until, tally: Tally) -> int:
    """The size of a round that brings what is missing, as far as the rates seen so far can tell; 0 where
    nothing is, or nothing that is worth the search."""
    found = [missing / rate(hits, tally.asked) for missing, hits in wanted(until, tally) if missing]
    return min(math.ceil(max(found)), LARGEST_ROUND) if found else 0


def wanted(until: Until, tally: Tally) -> list[tuple[int, int]]:
    """For verified and for refuted ones: how many are missing, and how many there are. A side that turns up
    too rarely is given up: none of it is missing."""
    sides = zip(tally.missing(until), (tally.passed, tally.failed), strict=True)
    return [(0 if is_below(until.give_up, hits, tally.asked) else missing, hits) for missing, hits in sides]
