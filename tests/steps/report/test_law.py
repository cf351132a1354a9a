"""The coverage law."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.steps.report.law import PowerLaw, backtest, fit, forecast_of
from winnow.steps.report.tries import Tries


@given(st.floats(0.05, 5.0), st.floats(0.05, 1.5), st.integers(2, 40))
def test_a_law_is_found_again(a: float, b: float, most: int) -> None:
    law = fit(PowerLaw(a, b).at(range(1, most + 1)))
    assert law is not None and law.a == pytest.approx(a, rel=1e-6) and law.b == pytest.approx(b, rel=1e-6)


def test_where_coverage_is_0_or_1_there_is_no_law() -> None:
    assert fit([0.0, 0.0, 0.0]) is None
    assert fit([0.5, 1.0, 1.0]) is None
    assert forecast_of([[True] * 8] * 5) is None
    assert forecast_of([[False] * 8] * 5) is None
    assert forecast_of([]) is None


def outcomes(problems: int, n: int, seed: int = 2) -> np.ndarray:
    chance = np.random.default_rng(seed)
    told: np.ndarray = chance.random((problems, n)) < chance.beta(0.4, 2.0, problems)[:, None]
    return told


def test_a_forecast_comes_near_what_more_samples_solve() -> None:
    """From 16 of 160 completions; the truth lies within the forecast's error on them."""
    asked = outcomes(400, 160)
    law = forecast_of(asked[:, :16])
    assert law is not None and law.fitted_to == 16
    assert [point.k for point in law.forecast] == [16, 24, 32, 48, 64, 80, 112, 160]
    solved = asked.any(axis=1).mean()
    assert law.forecast[-1].value == pytest.approx(solved, abs=0.05)
    assert law.backtest_error is not None and 0 < law.backtest_error < 0.03
    assert all(point.low <= point.value <= point.high for point in law.forecast)  # type: ignore[operator]


def test_the_backtest_is_the_error_from_a_quarter_on_the_rest() -> None:
    asked = outcomes(200, 12)
    tries = Tries.of(asked)
    error = backtest(tries, 12)
    early = asked[:, :3]
    curve = [1 - np.mean([_missed(int(row.sum()), 3, k) for row in early]) for k in (1, 2, 3)]
    law = fit(curve)
    assert law is not None
    wanted = [
        abs(law.at(k) - (1 - np.mean([_missed(int(row.sum()), 12, k) for row in asked])))
        for k in range(4, 13)
    ]
    assert error == pytest.approx(np.mean(wanted))


def test_too_few_completions_have_no_backtest() -> None:
    law = forecast_of(outcomes(50, 7))
    assert law is not None and law.backtest_error is None


def _missed(c: int, n: int, k: int) -> float:
    from math import comb

    return comb(n - c, k) / comb(n, k)
