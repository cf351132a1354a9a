"""Krippendorff's alpha: how far people agree beyond chance, whoever and however many reviewed what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import permutations
from typing import Literal

Level = Literal["nominal", "ordinal", "interval"]
Value = str | int | bool


def alpha(units: Iterable[Sequence[Value]], level: Level = "nominal") -> float | None:
    """1 where all agree, 0 where they agree as if by chance, less where they disagree more than that.

    None where nothing can be said: no unit has two values, or there is but one value in all.
    (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability".)

    Args:
        units: the values that each thing was given, one of each person who gave one.
        level: how far two values are apart: by being different; by how many values lie between them in their
            order; by their difference.

    >>> alpha([["a", "a"], ["b", "b"], ["a", "b"]])
    0.4444444444444444
    """
    pairable = [unit for unit in units if len(unit) > 1]
    totals: Counter[Value] = Counter(value for unit in pairable for value in unit)
    values = sorted(totals, key=_order)
    apart = _metric(level, values, totals)
    expected = sum(totals[one] * totals[other] * apart(one, other) for one in values for other in values)
    if not expected:
        return None
    observed = sum(
        apart(one, other) / (len(unit) - 1) for unit in pairable for one, other in permutations(unit, 2)
    )
    return 1 - (totals.total() - 1) * observed / expected


def _metric(level: Level, values: Sequence[Value], totals: Counter[Value]) -> Callable[[Value, Value], float]:
    """The squared distance of two values."""
    if level == "nominal":
        return lambda one, other: float(one != other)
    if level == "interval":
        return lambda one, other: (float(one) - float(other)) ** 2
    at = {value: place for place, value in enumerate(values)}

    def between(one: Value, other: Value) -> float:
        low, high = sorted((at[one], at[other]))
        inside = sum(totals[value] for value in values[low : high + 1])
        return (inside - (totals[one] + totals[other]) / 2) ** 2

    return between


def _order(value: Value) -> tuple[bool, float, str]:
    return isinstance(value, str), 0.0 if isinstance(value, str) else float(value), str(value)
