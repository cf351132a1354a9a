"""The coverage law: what more completions would solve, and how wrong such a forecast was on what is known.

"Large Language Monkeys" (Brown et al. 2024, arXiv 2407.21787): `-log pass@k` falls like a power of k over
orders of magnitude.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from winnow.steps.report.curves import Outcomes, pass_curve, rounded
from winnow.steps.report.intervals import Floats, Means
from winnow.steps.report.model import Law, Point
from winnow.steps.report.tries import Tries

TIMES = (1, 1.5, 2, 3, 4, 5, 7, 10)
"""Where the forecast is told, in multiples of the completions a problem."""
_QUARTER = 4


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """`coverage(k) = exp(-a * k^(-b))`."""

    a: float
    b: float

    def at(self, k: ArrayLike) -> Floats:
        told: Floats = np.exp(-self.a * np.asarray(k, dtype=np.float64) ** -self.b)
        return told


def fit(coverage: ArrayLike) -> PowerLaw | None:
    """The law by least squares on logarithms, over all k from 1 where coverage is neither 0 nor 1.

    Returns:
        None where there are fewer than two of these.

    >>> law = fit(PowerLaw(2.0, 0.5).at(range(1, 11)))
    >>> law and (round(law.a, 6), round(law.b, 6))
    (2.0, 0.5)
    """
    a, b = _fits(np.asarray(coverage, dtype=np.float64)[None, :])
    return None if np.isnan(a[0]) else PowerLaw(float(a[0]), float(b[0]))


def backtest(tries: Tries, most: int) -> float | None:
    """The mean absolute error of the law where it was fitted to the first quarter of the completions, and
    forecast the rest, up to `most`.

    Returns:
        None where a quarter is fewer than two, or no law can be fitted to it.
    """
    known = most // _QUARTER
    if known < 2:
        return None
    early = tries.head(known)
    law = fit(pass_curve(early.n, early.c(), known).mean)
    if law is None:
        return None
    truth = pass_curve(tries.n, tries.c(), most).mean[known:]
    return float(np.abs(law.at(np.arange(known + 1, most + 1)) - truth).mean())


def law_of(curve: Means, error: float | None) -> Law | None:
    """The law of a curve of pass@k, with its forecast up to ten times as many; None where there is none.

    The forecast's interval is that of the law fitted to each resample of the problems: it says how far other
    problems would move it. How far the law itself is off, the backtest says.
    """
    law = fit(curve.mean)
    if law is None:
        return None
    most = len(curve.mean)
    ks = sorted({round(most * times) for times in TIMES})
    a, b = _fits(curve.draws)
    kept = ~np.isnan(a)
    fitted = np.exp(-a[kept, None] * np.array(ks, float)[None, :] ** -b[kept, None])
    low, high = np.quantile(fitted, [0.025, 0.975], axis=0) if kept.any() else (law.at(ks), law.at(ks))
    forecast = [
        Point(
            k=k,
            value=rounded(value),
            low=rounded(min(low[at], value)),
            high=rounded(max(high[at], value)),
            problems=int(curve.problems[-1]),
        )
        for at, (k, value) in enumerate(zip(ks, law.at(ks), strict=True))
    ]
    told = None if error is None else rounded(error)
    return Law(a=rounded(law.a), b=rounded(law.b), fitted_to=most, backtest_error=told, forecast=forecast)


def forecast_of(outcomes: Outcomes) -> Law | None:
    """The law of problems' outcomes with its backtest; None where there is none. See `coverage_curve`."""
    tries = Tries.of(outcomes)
    if not tries.usual:
        return None
    curve = pass_curve(tries.n, tries.c(), tries.usual)
    return law_of(curve, backtest(tries, tries.usual))


def _fits(curves: Floats) -> tuple[Floats, Floats]:
    """`a` and `b` for each row of coverages at k = 1, 2, ...; NaN where fewer than two can be fitted to."""
    usable = (curves > 0) & (curves < 1)
    safe = np.where(usable, curves, 0.5)
    x = np.log(np.arange(1, curves.shape[1] + 1))[None, :]
    y, w = np.log(-np.log(safe)), usable.astype(np.float64)
    count = w.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_x, mean_y = (w * x).sum(axis=1) / count, (w * y).sum(axis=1) / count
        dx = np.where(usable, x - mean_x[:, None], 0.0)
        slope = (dx * y).sum(axis=1) / (dx * dx).sum(axis=1)
        level = np.exp(mean_y - slope * mean_x)
    enough = count >= 2
    return np.where(enough, level, np.nan), np.where(enough, np.maximum(-slope, 0.0), np.nan)
