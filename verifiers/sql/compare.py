"""Whether two results are the same: rows as a multiset, numbers within a tolerance."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

Row = tuple[Any, ...]

_NUMBER = object()
_MOST_MATCHED = 200  # rows that are alike but for their numbers, where sorting alone did not pair them
_MOST_ORDERS = 1000  # orders of columns that are tried


def plain(cell: Any) -> Any:
    """A cell in a form in which equal ones are equal, whichever engine or file it came from.

    Exact numbers are ints where they are whole; dates and the like are text; lists are tuples.

    >>> plain(Decimal("2.00")), plain([1, 2.5])
    (2, (1, 2.5))
    """
    if cell is None or isinstance(cell, str | int | float | bytes):
        return cell
    if isinstance(cell, Decimal):
        return int(cell) if cell.is_finite() and cell == cell.to_integral_value() else float(cell)
    if isinstance(cell, list | tuple):
        return tuple(_rounded(plain(one)) for one in cell)
    if isinstance(cell, dict):
        return tuple(sorted(((str(key), _rounded(plain(one))) for key, one in cell.items()), key=repr))
    return str(cell)


def same_multiset(found: Sequence[Row], wanted: Sequence[Row], tolerance: float) -> bool:
    """Whether each row of one has its own equal among the other's.

    >>> same_multiset([(0.1 + 0.2, "a"), (1, "b")], [(1, "b"), (0.3, "a")], 1e-9)
    True
    """
    if len(found) != len(wanted):
        return False
    width = len(wanted[0]) if wanted else 0
    inexact = [
        any(isinstance(row[at], float) for rows in (found, wanted) for row in rows) for at in range(width)
    ]
    ours, theirs = _groups(found, inexact), _groups(wanted, inexact)
    return ours.keys() == theirs.keys() and all(
        _paired(numbers, theirs[key], tolerance) for key, numbers in ours.items()
    )


def same_sequence(found: Sequence[Row], wanted: Sequence[Row], tolerance: float) -> bool:
    """Whether the rows are equal one by one."""
    return len(found) == len(wanted) and all(
        len(one) == len(other) and all(_close(a, b, tolerance) for a, b in zip(one, other, strict=True))
        for one, other in zip(found, wanted, strict=True)
    )


def column_orders(found: Sequence[Row], wanted: Sequence[Row], tolerance: float) -> list[tuple[int, ...]]:
    """The orders of `found`'s columns in which each holds what the same column of `wanted` holds.

    At most 1,000 of them, where many columns are alike.
    """
    width = len(wanted[0])
    fitting = [
        [
            at
            for at in range(width)
            if same_multiset([(row[at],) for row in found], [(row[place],) for row in wanted], tolerance)
        ]
        for place in range(width)
    ]
    return list(islice(_choices(fitting, ()), _MOST_ORDERS))


def _choices(fitting: list[list[int]], taken: tuple[int, ...]) -> Any:
    if len(taken) == len(fitting):
        yield taken
        return
    for at in fitting[len(taken)]:
        if at not in taken:
            yield from _choices(fitting, (*taken, at))


def _groups(rows: Sequence[Row], inexact: list[bool]) -> dict[Row, list[Row]]:
    """The numbers of inexact columns, by all other cells."""
    groups: dict[Row, list[Row]] = defaultdict(list)
    for row in rows:
        soft = [loose and isinstance(cell, int | float) for cell, loose in zip(row, inexact, strict=True)]
        key = tuple(_NUMBER if one else cell for cell, one in zip(row, soft, strict=True))
        groups[key].append(tuple(cell for cell, one in zip(row, soft, strict=True) if one))
    return groups


def _paired(ours: list[Row], theirs: list[Row], tolerance: float) -> bool:
    if len(ours) != len(theirs):
        return False
    ours, theirs = sorted(ours, key=_order), sorted(theirs, key=_order)
    if same_sequence(ours, theirs, tolerance):
        return True
    if len(ours) > _MOST_MATCHED or len(ours[0]) < 2:  # sorting pairs single numbers best
        return False
    edges = [
        [at for at, other in enumerate(theirs) if same_sequence([one], [other], tolerance)] for one in ours
    ]
    return _matching(edges)


def _matching(edges: list[list[int]]) -> bool:
    """Whether everyone can have a partner of their own (Kuhn 1955, by augmenting paths)."""
    partner: dict[int, int] = {}

    def place(one: int, seen: set[int]) -> bool:
        for at in edges[one]:
            if at not in seen:
                seen.add(at)
                if at not in partner or place(partner[at], seen):
                    partner[at] = one
                    return True
        return False

    return all(place(one, set()) for one in range(len(edges)))


def _order(numbers: Row) -> list[tuple[bool, Any]]:
    return [(number != number, 0 if number != number else number) for number in numbers]


def _close(one: Any, other: Any, tolerance: float) -> bool:
    """Equal, or numbers that differ by at most `tolerance` times the larger of 1 and both."""
    if isinstance(one, float) or isinstance(other, float):
        if not (isinstance(one, int | float) and isinstance(other, int | float)):
            return False
        if one != one or other != other:
            return one != one and other != other
        try:
            return one == other or math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance)
        except OverflowError:  # a whole number beyond any float
            return False
    return bool(one == other) and isinstance(one, str) == isinstance(other, str)


def _rounded(cell: Any) -> Any:
    """A number inside of a list, to nine figures: these are compared as they stand."""
    return float(f"{cell:.9g}") if isinstance(cell, float) else cell
