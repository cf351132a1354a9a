"""How often a problem is asked: a pure function of what is known of it.

Rounds end at fixed goals, and a goal depends on the first so many candidates alone. So a run that was
killed in the middle of a round and resumed asks exactly what an undisturbed one would have asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from winnow.steps.records import BLANK, Candidate
from winnow.steps.sample.config import SampleConfig, Until
from winnow.verifiers.verdict import Status

_LARGEST_ROUND = 16


def next_goal(config: SampleConfig, judged: Sequence[Candidate]) -> int:
    """How many candidates the problem should have after the next round.

    Args:
        judged: the problem's first candidates, by index, as many as the last goal asked for.

    Returns:
        The next goal, or `len(judged)` when nothing more is owed.
    """
    if config.until is None:
        return config.n or 0
    owed = _owed(config.until, judged)
    return min(len(judged) + owed, config.max_n or 0)


def _owed(until: Until, judged: Sequence[Candidate]) -> int:
    """The size of the next round: what the rarer side is expected to take, by the rate seen so far."""
    passed = distinct(judged, Status.PASS)
    failed = distinct(judged, Status.FAIL)
    missing_pass = max(0, until.passed - passed)
    missing_fail = max(0, until.failed - failed)
    if not missing_pass and not missing_fail:
        return 0
    if not judged:
        return max(1, until.passed + until.failed)
    rate = (passed + 1) / (passed + failed + 2)  # the rule of succession
    expected = max(missing_pass / rate, missing_fail / (1 - rate))
    return max(1, min(math.ceil(expected), _LARGEST_ROUND))


def distinct(candidates: Sequence[Candidate], status: Status) -> int:
    """How many different texts have this verdict; one that is truncated or blank counts for nothing."""
    told = (c for c in candidates if c.verdict and c.verdict.status is status and not c.truncated)
    return len({c.digest for c in told} - {BLANK})
