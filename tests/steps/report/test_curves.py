"""Curves against their definitions."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.steps.report.coverage import pass_at_k
from winnow.steps.report.curves import coverage_curve, pass_at_every_k, pass_curve, solved_curve
from winnow.steps.report.tries import Tries

OUTCOMES = st.lists(st.lists(st.booleans(), max_size=7), min_size=1, max_size=6)


@given(st.integers(1, 8).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
def test_every_k_is_the_share_of_subsets_with_a_pass(case: tuple[int, int]) -> None:
    n, c = case
    outcomes = [True] * c + [False] * (n - c)
    subsets = [list(combinations(outcomes, k)) for k in range(1, n + 1)]
    wanted = [sum(map(any, some)) / len(some) for some in subsets]
    assert pass_at_every_k([n], [c], n)[0].tolist() == pytest.approx(wanted, abs=1e-15)
    assert [pass_at_k(n, c, k) for k in range(1, n + 1)] == pytest.approx(wanted, abs=1e-15)


def test_16_400_outcomes_against_exact_fractions() -> None:
    """164 problems of 100 completions, each k with whole numbers alone: to 1e-12."""
    chance = np.random.default_rng(3)
    outcomes = chance.random((164, 100)) < chance.beta(0.4, 1.2, 164)[:, None]
    c = outcomes.sum(axis=1)
    means = pass_curve([100] * 164, c, 100).mean
    for k in range(1, 101):
        exact = sum(1 - Fraction(comb(100 - int(one), k), comb(100, k)) for one in c) / 164
        assert abs(means[k - 1] - float(exact)) < 1e-12


def test_beyond_what_a_problem_has_there_is_no_value() -> None:
    told = pass_at_every_k([2, 4], [1, 0], 4)
    assert np.isnan(told).tolist() == [[False, False, True, True], [False] * 4]
    curve = pass_curve([2, 4], [1, 0], 4)
    assert curve.problems.tolist() == [2, 2, 1, 1]
    assert curve.mean.tolist() == [0.25, 0.5, 0.0, 0.0]


def test_more_passes_than_completions_are_refused() -> None:
    with pytest.raises(ValueError, match="more passes than completions"):
        pass_at_every_k([2], [3], 2)


def test_a_curve_ends_where_less_than_half_of_the_problems_go_on() -> None:
    points = coverage_curve([[True] * 8, [False] * 4, [False] * 4, [True]])
    assert [(point.k, point.problems) for point in points] == [(1, 4), (2, 3), (3, 3), (4, 3)]
    with pytest.raises(ValueError, match="at least one problem"):
        coverage_curve([[], []])


@given(OUTCOMES)
def test_tries_are_what_each_problem_tells(outcomes: list[list[bool]]) -> None:
    tries, asked = Tries.of(outcomes), [one for one in outcomes if one]
    assert tries.n.tolist() == [len(one) for one in asked]
    assert tries.c().tolist() == [sum(one) for one in asked]
    assert tries.first().tolist() == [one.index(True) + 1 if any(one) else 0 for one in asked]
    assert tries.least == min(map(len, asked), default=0)
    for k in (0, 1, 2, 5):
        assert tries.head(k).c().tolist() == [sum(one[:k]) for one in asked if one[:k]]


@given(OUTCOMES)
def test_curves_never_fall_and_lie_in_their_intervals(outcomes: list[list[bool]]) -> None:
    tries = Tries.of(outcomes)
    if not tries.most:
        return
    solved = solved_curve(tries.first(), tries.most)
    shares = [sum(any(one[:k]) for one in outcomes) / len(tries.n) for k in range(1, tries.most + 1)]
    assert solved.mean.tolist() == pytest.approx(shares)
    alike = tries.head(tries.least)
    passed = pass_curve(alike.n, alike.c(), tries.least)
    for curve in (solved, passed):
        assert (np.diff(curve.mean) >= -1e-12).all()
        assert (curve.low <= curve.mean).all() and (curve.mean <= curve.high).all()
        assert (curve.low >= 0).all() and (curve.high <= 1).all()


def test_the_order_of_problems_changes_nothing() -> None:
    chance = np.random.default_rng(5)
    n = np.full(60, 8)
    c = chance.integers(0, 9, 60)
    mixed = chance.permutation(60)
    one, other = pass_curve(n, c, 8), pass_curve(n[mixed], c[mixed], 8)
    for name in ("mean", "low", "high"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()
