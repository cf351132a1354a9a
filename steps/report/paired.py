"""Is one better than the other on the same problems, by how much, and could it be chance?

The two are paired: of each problem only the difference counts, so that easy and hard problems cancel out.
Which interval and which test: measured, see docs/decisions/0018-paired.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DRAWS = 10_000
"""Resamples of the bootstrap, and sign flips of the test: a p-value is told to a ten-thousandth."""
FEWEST = 5
"""Differences below which there is no interval: so few say nothing of how far others would lie."""

_NORMAL = NormalDist()
_DIGITS = 12  # values that are equal but for rounding are equal
_AT_ONCE = 2**22  # numbers drawn at once


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of paired differences with its 95% interval and p-value; `pairs` is how many there are."""

    mean: float
    low: float | None
    high: float | None
    p: float
    pairs: int


def difference(first: Floats, second: Floats, *, seed: int = 0, draws: int = DRAWS) -> Difference:
    """How much more `second` has than `first`, pair by pair.

    The order of the pairs does not matter, and the same ones give the same answer.

    Args:
        first: a value a problem; not empty.
        second: the other's, in the same order.

    >>> one, other = np.array([0.0, 0.5] * 20), np.array([0.5, 0.5] * 20)
    >>> found = difference(one, other)
    >>> found.mean, found.p < 0.001, 0.1 < found.low < 0.25 < found.high < 0.4
    (0.25, True, True)
    """
    apart = np.round(second - first, _DIGITS)
    low, high = interval_of_mean(apart, seed=seed, draws=draws)
    return Difference(float(apart.mean()), low, high, p_of_mean(apart, seed=seed, draws=draws), len(apart))


def interval_of_mean(
    values: Floats, *, seed: int = 0, draws: int = DRAWS
) -> tuple[float, float] | tuple[None, None]:
    """The 95% bootstrap interval of a mean: percentiles of resampled means, taken as much further out as
    Student's t is wider than the normal distribution (Hesterberg 2015, "What Teachers Should Know about the
    Bootstrap", expanded percentile interval). Plain percentiles are too narrow for few values.

    How often each distinct value comes in a resample is multinomial: to draw that is the same, and costs
    nothing for a million problems, whose pass rates are few numbers.
    """
    pairs = len(values)
    found, counts = np.unique(np.round(values, _DIGITS), return_counts=True)
    if pairs < FEWEST or len(found) == 1:  # then no resample differs: that is no width of zero
        return None, None
    dice = np.random.default_rng(seed)
    shares = counts / pairs
    means = np.concatenate(
        [dice.multinomial(pairs, shares, size=some) @ found / pairs for some in _rounds(draws, len(found))]
    )
    tail = _NORMAL.cdf(-sqrt(pairs / (pairs - 1)) * _student(pairs - 1))
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def p_of_mean(values: Floats, *, seed: int = 0, draws: int = DRAWS) -> float:
    """The two-sided p-value of a mean of paired differences that is 0: how often chance signs take it as far.

    A sign-flip permutation test; flips that take it exactly as far count half (mid-p). Of pairs that are
    won or lost this is McNemar's mid-p test, which Fagerland et al. (2013) recommend.
    """
    sizes, counts = np.unique(np.abs(np.round(values, _DIGITS)), return_counts=True)
    sizes, counts = sizes[sizes > 0], counts[sizes > 0]
    if not len(sizes):
        return 1.0
    dice = np.random.default_rng(seed)
    reach, slack = abs(float(values.sum())), 1e-9 * float(sizes @ counts)
    further = equal = 0
    for some in _rounds(draws, len(sizes)):
        signs = 2 * dice.binomial(counts, 0.5, size=(some, len(sizes))) - counts
        reached = np.abs(signs @ sizes)
        further += int((reached > reach + slack).sum())
        equal += int((np.abs(reached - reach) <= slack).sum())
    return (further + (equal + 1) / 2) / (draws + 1)


def holm(ps: Sequence[float]) -> list[float]:
    """P-values of several tests, such that all that stay below .05 are right together with 95% (Holm 1979).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    found, worst = [0.0] * len(ps), 0.0
    for place, at in enumerate(sorted(range(len(ps)), key=lambda at: ps[at])):
        worst = max(worst, min(1.0, (len(ps) - place) * ps[at]))
        found[at] = worst
    return found


def _rounds(draws: int, each: int) -> list[int]:
    """So many draws of `each` numbers, in as many rounds as keep memory small."""
    most = max(1, _AT_ONCE // each)
    return [min(most, draws - at) for at in range(0, draws, most)]


def _student(freedom: int) -> float:
    """The 97.5% point of Student's t, by its expansion (Abramowitz & Stegun 26.7.5)."""
    z = _NORMAL.inv_cdf(0.975)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3
