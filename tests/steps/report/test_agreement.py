"""Shares and their intervals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.steps.report.agreement import Agreement, Share, wilson
from winnow.verifiers import Status


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    # the examples of Newcombe (1998), "Two-sided confidence intervals for the single proportion", method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_an_interval_holds_its_share_and_stays_in_bounds(one: int, other: int) -> None:
    hits, of = min(one, other), max(one, other)
    low, high = wilson(hits, of)
    assert 0 <= low <= (hits / of if of else 0.5) <= high <= 1


def test_shares_are_of_what_was_decided() -> None:
    found = Agreement()
    told = {(True, Status.PASS): 8, (True, Status.FAIL): 2, (True, Status.ERROR): 5}
    told |= {(False, Status.PASS): 1, (False, Status.FAIL): 9, (False, Status.SKIP): 3}
    for (right, status), times in told.items():
        for _ in range(times):
            found.add(right, status)
    assert (found.precision, found.recall, found.accuracy) == (Share(8, 9), Share(8, 10), Share(17, 20))
    assert str(Share(0, 0)) == "-"
    assert str(Share(1, 2)) == "0.5000 (1 of 2; 0.0945 to 0.9055)"
