"""Krippendorff's alpha against the worked examples of "Computing Krippendorff's Alpha-Reliability" (2011)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.steps.review.alpha import Level, Value, alpha


def units(*observers: str) -> list[list[Value]]:
    """What each observer said of each unit, a character each; a dot where nothing was said."""
    told = zip(*(observer.split() for observer in observers), strict=True)
    return [[int(one) if one.isdigit() else one for one in unit if one != "."] for unit in told]


BINARY = units("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0")
NOMINAL = units("a a b b d c c c e d d a", "b a b b b c c c e d d d")
FOUR = units(
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)


@pytest.mark.parametrize(
    ("told", "level", "expected"),
    [
        (BINARY, "nominal", 0.095),
        (NOMINAL, "nominal", 0.692),
        (FOUR, "nominal", 0.743),
        (FOUR, "ordinal", 0.815),
        (FOUR, "interval", 0.849),
    ],
)
def test_published(told: list[list[Value]], level: Level, expected: float) -> None:
    found = alpha(told, level)
    assert found is not None
    assert round(found, 3) == expected


def test_nothing_to_say() -> None:
    assert alpha([]) is None
    assert alpha([["a"], ["b"]]) is None
    assert alpha([["a", "a"], ["a", "a"]]) is None


@given(st.lists(st.lists(st.integers(1, 4), max_size=4), max_size=6))
def test_neither_order_of_units_nor_of_people_matters(told: list[list[int]]) -> None:
    mixed = [sorted(unit, reverse=True) for unit in reversed(told)]
    for level in ("nominal", "ordinal", "interval"):
        one, other = alpha(told, level), alpha(mixed, level)  # type: ignore[arg-type]
        assert (one is None) == (other is None)
        assert one is None or other is None or (one == pytest.approx(other) and one <= 1)
