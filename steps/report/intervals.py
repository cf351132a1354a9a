"""Means over problems with bootstrap intervals: how far a figure would move with other problems.

Which interval was tried out on problems with Beta pass rates (`benchmarks/intervals.py`). Percentiles of
resampled means are right in the middle, and too short near 0 and 1, where their distribution is skewed. BCa
(Efron 1987, "Better Bootstrap Confidence Intervals") mends that, but no resampling knows of what was not
drawn: where 164 problems are all solved, all resampled means are 1. So where fewer than ten problems' worth
of one side were seen, one more of each side, wholly solved and never solved, is drawn from, after the rule of
adding successes and failures to a share (Agresti and Coull 1998): those intervals are rather too long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

DRAWS = 1_000
"""Resamples of the problems."""
LEVEL = 0.95
"""Of the intervals."""

_FEW = 10.0  # problems' worth of what is rarer: less of it, and one of each side is added
_COLUMNS = 512  # at once
_NORMAL = NormalDist()
_SIDES = (1 - LEVEL) / 2, (1 + LEVEL) / 2

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Means:
    """The mean of each column, the ends of its interval, how many problems it was taken from, and its
    resampled values, one row a resample. All are NaN where no problem has a value."""

    mean: Floats
    low: Floats
    high: Floats
    problems: NDArray[np.int64]
    draws: Floats


def bootstrap(values: ArrayLike, counts: ArrayLike | None = None, *, seed: int = 0) -> Means:
    """Means of columns over problems, with 95% intervals from resampling whole problems.

    Args:
        values: of 0 to 1, a row a problem and a column a figure; NaN where a problem has none.
        counts: how many problems each row stands for; one each, where it is left out. Equal rows together
            are as many times quicker.
        seed: of the resamples, which are the same for all columns.

    >>> told = bootstrap([[0.0], [0.5], [1.0], [0.5]])
    >>> float(told.mean[0]), bool(told.low[0] < 0.5 < told.high[0])
    (0.5, True)
    """
    table = np.asarray(values, dtype=np.float64)
    often = np.ones(len(table)) if counts is None else np.asarray(counts, dtype=np.float64)
    width = table.shape[1]
    total = int(often.sum())
    if not total or not width:
        nothing = np.full(width, np.nan)
        return Means(nothing, nothing, nothing, np.zeros(width, np.int64), np.full((DRAWS, width), np.nan))
    chance = np.random.default_rng(seed)
    weights = chance.multinomial(total, often / total, size=DRAWS).astype(np.float64)
    more = np.concatenate([often, [1.0, 1.0]])
    cautious = chance.multinomial(total, more / more.sum(), size=DRAWS).astype(np.float64)
    blocks = [
        _block(table[:, at : at + _COLUMNS], often, weights, cautious) for at in range(0, width, _COLUMNS)
    ]
    return Means(
        np.concatenate([block.mean for block in blocks]),
        np.concatenate([block.low for block in blocks]),
        np.concatenate([block.high for block in blocks]),
        np.concatenate([block.problems for block in blocks]),
        np.concatenate([block.draws for block in blocks], axis=1),
    )


def _block(values: Floats, often: Floats, weights: Floats, cautious: Floats) -> Means:
    there = (~np.isnan(values)).astype(np.float64)
    known = np.nan_to_num(values)
    of = often @ there
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (often @ known) / of
        draws = (weights @ known) / (weights @ there)
    draws = np.where(np.isnan(draws), mean, draws)
    away = np.where(there > 0, values - mean, 0.0)
    spread = np.where(of > 0, often @ away**2 / np.maximum(of, 1), 0.0)
    spread[spread < 1e-18] = 0.0  # rounding
    low, high = _accelerated(draws, mean, away, often, of, spread)
    both = mean * (1 - mean)
    worth = np.where(spread > 0, of * both / np.where(spread > 0, spread, 1), of)  # as of shares of 0 and 1
    if (few := worth * np.minimum(mean, 1 - mean) < _FEW).any():
        sides = np.zeros((1, few.sum())), np.ones((1, few.sum()))
        padded = np.concatenate([known[:, few], *sides])
        at = np.concatenate([there[:, few], np.ones((2, few.sum()))])
        with np.errstate(invalid="ignore", divide="ignore"):
            again = np.sort((cautious @ padded) / (cautious @ at), axis=0)
        low[few], high[few] = (_quantiles(again, np.full(again.shape[1], side)) for side in _SIDES)
    return Means(mean, np.minimum(low, mean), np.maximum(high, mean), of.astype(np.int64), draws)


def _accelerated(
    draws: Floats, mean: Floats, away: Floats, often: Floats, of: Floats, spread: Floats
) -> tuple[Floats, Floats]:
    """The bias-corrected and accelerated (BCa) interval; the acceleration is by the skewness of the mean."""
    ordered = np.sort(draws, axis=0)
    below = ((draws < mean).mean(axis=0) + (draws <= mean).mean(axis=0)) / 2
    bias = _each(_NORMAL.inv_cdf, np.clip(np.nan_to_num(below, nan=0.5), 1 / len(draws), 1 - 1 / len(draws)))
    cubed = np.where(spread > 0, spread, 1.0) ** 1.5
    skew = np.where(spread > 0, often @ away**3 / np.maximum(of, 1) / cubed, 0.0)
    acceleration = skew / (6 * np.sqrt(np.maximum(of, 1)))
    ends = []
    for side in _SIDES:
        moved = bias + _NORMAL.inv_cdf(side)
        at = _each(_NORMAL.cdf, bias + moved / np.maximum(1 - acceleration * moved, 1e-3))
        ends.append(_quantiles(ordered, at))
    return ends[0], ends[1]


def _quantiles(ordered: Floats, at: Floats) -> Floats:
    """A quantile of each column of sorted values, between the two next to it."""
    place = at * (len(ordered) - 1)
    floor = np.floor(place).astype(np.int64)
    above = np.minimum(floor + 1, len(ordered) - 1)
    columns = np.arange(ordered.shape[1])
    low, high = ordered[floor, columns], ordered[above, columns]
    found: Floats = low + (high - low) * (place - floor)
    return found


def _each(function: Callable[[float], float], values: Floats) -> Floats:
    return np.array([function(float(value)) for value in values])
