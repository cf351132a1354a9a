"""Curves over the completions a problem: pass@k for every k, and what is solved by k."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from winnow.steps.report.intervals import Floats, Means, bootstrap
from winnow.steps.report.model import Point
from winnow.steps.report.tries import Tries

Outcomes = Sequence[Sequence[bool]] | NDArray[Any] | pl.Series

DIGITS = 6
"""After the point, of every figure in a report."""


def pass_at_every_k(n: ArrayLike, c: ArrayLike, most: int) -> Floats:
    """The unbiased pass@1, pass@2, ... of problems with `n` completions of which `c` passed.

    `1 - C(n-c, k) / C(n, k)` (Chen et al. 2021, "Evaluating Large Language Models Trained on Code"), each k
    by one more factor of the product.

    Returns:
        A row a problem, a column for each k from 1 to `most`; NaN where k is more than n.

    >>> pass_at_every_k([4, 2], [1, 2], 4).tolist()
    [[0.25, 0.5, 0.75, 1.0], [1.0, 1.0, nan, nan]]
    """
    asked, passed = (np.asarray(one, dtype=np.float64)[:, None] for one in (n, c))
    if (passed > asked).any() or (passed < 0).any():
        raise ValueError("a problem has more passes than completions, or fewer than none")
    before = np.arange(most, dtype=np.float64)[None, :]
    left = asked - before
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = np.clip((left - passed) / left, 0.0, None)
    missed = np.cumprod(np.where(left > 0, factors, np.nan), axis=1)
    return np.asarray(1.0 - missed, dtype=np.float64)


def pass_curve(n: ArrayLike, c: ArrayLike, most: int) -> Means:
    """The mean of pass@k over the problems that have so many completions, for every k up to `most`."""
    pairs = np.stack([np.asarray(n, np.int64), np.asarray(c, np.int64)], axis=1).reshape(-1, 2)
    kinds, counts = np.unique(pairs, axis=0, return_counts=True)
    return bootstrap(pass_at_every_k(kinds[:, 0], kinds[:, 1], most), counts)


def solved_curve(first: ArrayLike, most: int) -> Means:
    """The share of problems whose first pass came among the first k, for every k up to `most`.

    Args:
        first: of each problem the number of completions until its first pass; 0 where none passed.
    """
    kinds, counts = np.unique(np.asarray(first, dtype=np.int64), return_counts=True)
    solved = (kinds[:, None] > 0) & (kinds[:, None] <= np.arange(1, most + 1)[None, :])
    return bootstrap(solved.astype(np.float64), counts)


def coverage_curve(outcomes: Outcomes) -> list[Point]:
    """Unbiased pass@k with its interval, for every k that at least half of the problems have.

    Args:
        outcomes: of each problem whether each of its completions passed; problems may differ in number, where
            that does not hang on what passed.

    Raises:
        ValueError: no problem has a completion.

    >>> [(point.k, point.value) for point in coverage_curve([[True, False], [False, False]])]
    [(1, 0.25), (2, 0.5)]
    """
    tries = Tries.of(outcomes)
    if not tries.usual:
        raise ValueError("expected at least one problem with a completion")
    return points(pass_curve(tries.n, tries.c(), tries.usual))


def points(means: Means, ks: Sequence[int] | None = None) -> list[Point]:
    """Columns as points of a curve; those that no problem has are left out."""
    return [
        Point(
            k=k,
            value=rounded(means.mean[at]),
            low=rounded(means.low[at]),
            high=rounded(means.high[at]),
            problems=int(means.problems[at]),
        )
        for at, k in enumerate(ks or range(1, len(means.mean) + 1))
        if means.problems[at]
    ]


def rounded(value: float) -> float:
    """As a report has it: what differs in the last bits from one processor to another is the same."""
    return round(float(value), DIGITS) + 0.0
