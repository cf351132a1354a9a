"""Intervals cover the truth as often as they say."""

from __future__ import annotations

from math import exp, lgamma

import numpy as np
import pytest

from winnow.steps.report.curves import pass_curve
from winnow.steps.report.intervals import bootstrap


def truth(a: float, b: float, k: int) -> float:
    """pass@k of problems whose pass rates are Beta(a, b)."""
    return 1 - exp(lgamma(b + k) - lgamma(b) + lgamma(a + b) - lgamma(a + b + k))


@pytest.mark.parametrize(("a", "b"), [(0.5, 1.5), (0.3, 3.0)])
def test_intervals_cover_the_truth_in_93_to_97_of_100_worlds(a: float, b: float) -> None:
    """1,000 worlds of 80 problems with 16 completions; more worlds are in benchmarks/intervals.py."""
    chance = np.random.default_rng(11)
    wanted = np.array([truth(a, b, k) for k in range(1, 17)])
    hits = np.zeros(16)
    for _ in range(1_000):
        told = pass_curve([16] * 80, chance.binomial(16, chance.beta(a, b, 80)), 16)
        hits += (told.low <= wanted) & (wanted <= told.high)
    assert (hits >= 930).all() and (hits <= 970).all(), hits


def test_what_was_never_seen_is_not_ruled_out() -> None:
    told = bootstrap([[1.0, 0.0]] * 100)
    assert told.high[0] == 1.0 and 0.95 < told.low[0] < 0.99
    assert told.low[1] == 0.0 and 0.01 < told.high[1] < 0.05


def test_equal_rows_may_stand_as_one() -> None:
    one = bootstrap([[0.0, 0.5], [1.0, 0.5]], [30, 10])
    many = bootstrap([[0.0, 0.5]] * 30 + [[1.0, 0.5]] * 10)
    assert one.mean.tolist() == many.mean.tolist() == [0.25, 0.5]
    assert one.low == pytest.approx(many.low, abs=0.03)
    assert one.high == pytest.approx(many.high, abs=0.03)


def test_without_a_problem_there_is_none() -> None:
    told = bootstrap(np.zeros((0, 3)))
    assert np.isnan(told.mean).all() and told.problems.tolist() == [0, 0, 0]
    part = bootstrap([[np.nan, 1.0], [np.nan, 0.0]])
    assert np.isnan(part.mean[0]) and part.mean[1] == 0.5


def test_the_same_seed_gives_the_same() -> None:
    values = np.random.default_rng(0).random((50, 4))
    one, other = bootstrap(values), bootstrap(values)
    assert one.low.tolist() == other.low.tolist()
    assert bootstrap(values, seed=1).low.tolist() != one.low.tolist()
