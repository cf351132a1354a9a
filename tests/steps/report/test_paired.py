"""The interval covers, the p-value is uniform where nothing differs, and both see a difference."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.steps.report.coverage import pass_at_k
from winnow.steps.report.paired import difference, holm, interval_of_mean, p_of_mean

TRIALS = 1000
DESIGNS = {  # problems, completions of either side, k, and the law of their pass rates
    "greedy": (80, (1, 1), 1, (1.0, 1.0)),
    "pass@1": (80, (4, 4), 1, (1.0, 1.0)),
    "few problems": (40, (16, 16), 1, (1.0, 1.0)),
    "pass@4": (80, (8, 8), 4, (0.5, 1.5)),
    "hard problems": (200, (4, 4), 1, (0.3, 3.0)),
    "one asked more": (80, (4, 16), 1, (1.0, 1.0)),
}


def drawn(design: str, seed: int, better: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Pass@k of both sides, trial by trial and problem by problem; the second side is better by so much."""
    problems, (one, other), k, law = DESIGNS[design]
    dice = np.random.default_rng(seed)
    rates = dice.beta(*law, size=(TRIALS, problems))
    tables = [np.array([pass_at_k(n, c, k) for c in range(n + 1)]) for n in (one, other)]
    first = tables[0][dice.binomial(one, rates)]
    return first, tables[1][dice.binomial(other, np.clip(rates + better, 0, 1))]


@pytest.mark.parametrize("design", DESIGNS)
def test_under_no_difference(design: str) -> None:
    """Of 1,000 simulations the interval has the truth in 93 to 97%, and as many p-values are below a level as
    the level says: within what a binomial of 1,000 leaves, or fewer, where there are few values to take."""
    found = [
        difference(one, other, draws=500, seed=at)
        for at, (one, other) in enumerate(zip(*drawn(design, 1), strict=True))
    ]
    covers = np.mean([one.low is not None and one.low <= 0 <= (one.high or 0) for one in found])
    assert 0.93 <= covers <= 0.97
    ps = np.array([one.p for one in found])
    for level in (0.01, 0.05, 0.1, 0.2, 0.5, 0.8):
        spread = 3.3 * np.sqrt(level * (1 - level) / TRIALS)
        share = (ps <= level).mean()
        assert share <= level + spread, level
        assert share >= level - spread - (0.08 if design == "greedy" else 0.03), level


def test_a_difference_is_seen_and_covered() -> None:
    """Rates of Beta(1, 1) moved up by .1, and cut at 1: they grow by .095 on the mean."""
    found = [
        difference(one, other, draws=500) for one, other in zip(*drawn("pass@1", 2, better=0.1), strict=True)
    ]
    assert np.mean([(one.low or 0) <= 0.095 <= (one.high or 0) for one in found]) == pytest.approx(
        0.95, abs=0.02
    )
    assert np.mean([one.p <= 0.05 for one in found]) > 0.8


@settings(deadline=None)
@given(st.integers(0, 12), st.integers(0, 12))
def test_won_and_lost_pairs_are_mcnemars(won: int, lost: int) -> None:
    """The exact mid-p of a sign test: twice the smaller tail, of the point itself half."""
    values = np.array([1.0] * won + [-1.0] * lost + [0.0] * 7)
    n, least = won + lost, min(won, lost)
    point = comb(n, least) / 2**n
    tail = sum(comb(n, at) for at in range(least + 1)) / 2**n
    exact = 1.0 if n == 0 else min(1.0, 2 * tail - point) if won != lost else 1 - point / 2
    assert p_of_mean(values) == pytest.approx(exact, abs=0.02)


def test_the_interval_is_the_bootstraps() -> None:
    """Against resampling each problem by itself."""
    dice = np.random.default_rng(3)
    values = dice.choice([-0.5, -0.25, 0.0, 0.25, 0.5, 1.0], size=400)
    means = values[dice.integers(0, 400, size=(4000, 400))].mean(axis=1)
    assert interval_of_mean(values) == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.005)


@settings(deadline=None)
@given(st.lists(st.sampled_from([-1.0, -0.25, 0.0, 0.75, 1.0]), min_size=5, max_size=30), st.randoms())
def test_order_does_not_matter(values: list[float], chance: object) -> None:
    nothing = np.zeros(len(values))
    before = difference(nothing, np.array(values), draws=200)
    chance.shuffle(values)  # type: ignore[attr-defined]
    after = difference(nothing, np.array(values), draws=200)
    assert (before.low, before.high, before.p) == (after.low, after.high, after.p)
    turned = difference(np.array(values), nothing, draws=200)
    assert turned.p == after.p


def test_equal_sides() -> None:
    same = np.full(10, 0.3)
    found = difference(same, same + 1e-15)
    assert (found.mean, found.low, found.high, found.p) == (0.0, None, None, 1.0)


def test_equal_differences_have_no_interval() -> None:
    """Nothing says how far another one would lie: no resample differs."""
    for apart in (0.0, 0.5):
        found = difference(np.zeros(30), np.full(30, apart))
        assert (found.mean, found.low, found.high) == (apart, None, None)


def test_few_pairs_have_no_interval() -> None:
    found = difference(np.zeros(4), np.ones(4))
    assert (found.low, found.high) == (None, None)
    assert found.p == pytest.approx(1 / 16, abs=0.01)


def test_a_million_problems_are_no_matter() -> None:
    values = np.random.default_rng(0).choice([-0.125, 0.0, 0.125], size=1_000_000)
    low, high = interval_of_mean(values)
    assert low is not None and high is not None
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 1000, rel=0.05)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm(ps: list[float]) -> None:
    """The smallest is taken as often as there are tests, none shrinks, and their order stays."""
    found = holm(ps)
    assert all(one <= other for one, other in zip(ps, found, strict=True))
    if ps:
        assert min(found) == min(1.0, len(ps) * min(ps))
    order = sorted(range(len(ps)), key=ps.__getitem__)
    assert [found[at] for at in order] == sorted(found)
