"""What a database should answer, and what is amiss with what it did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from winnow.verifiers.registry import SpecError
from winnow.verifiers.sql.compare import Row, column_orders, plain, same_multiset, same_sequence
from winnow.verifiers.sql.limits import Answer
from winnow.verifiers.sql.query import Dialect, plain_name
from winnow.verifiers.verdict import cut


@dataclass(frozen=True, slots=True)
class Expected:
    """Rows, whether their order counts, and the columns that make it; None where these are not known."""

    rows: list[Row]
    width: int | None
    ordered: bool
    keys: tuple[int, ...] | None = None

    @classmethod
    def of(cls, answer: Answer, ordered: bool, terms: Sequence[str], dialect: Dialect) -> Expected:
        """What a reference query gave, which is ordered by `terms`."""
        names = [plain_name(name, dialect) for name in answer.columns]
        keys: list[int] = []
        for term in terms:
            if term.isdecimal() and 0 < int(term[:4]) <= len(names):
                keys.append(int(term[:4]) - 1)
            elif names.count(term) == 1:
                keys.append(names.index(term))
        known = tuple(keys) if terms and len(keys) == len(terms) else None
        return cls(answer.rows, len(answer.columns), ordered, known)


def expected(rows: list[Any], databases: int, ordered: bool) -> list[Expected]:
    """The rows that a reference gives, for each database.

    Raises:
        SpecError: they are no rows, not of one length, or not one list for each database.
    """
    lists = rows if databases > 1 else [rows]
    if len(lists) != databases:
        raise SpecError(
            f"rows has {len(lists)} lists for {databases} databases, expected one each", ("rows",)
        )
    every = []
    for number, one in enumerate(lists):
        path = ("rows", number) if databases > 1 else ("rows",)
        if not isinstance(one, list | tuple) or not all(isinstance(row, list | tuple) for row in one):
            raise SpecError("rows is no list of rows, each a list of cells", path)
        told = [tuple(map(plain, row)) for row in one]
        widths = {len(row) for row in told}
        if len(widths) > 1:
            raise SpecError(f"rows have {min(widths)} to {max(widths)} cells, expected one number", path)
        every.append(Expected(told, max(widths, default=None), ordered))
    return every


def amiss(
    found: Answer, wanted: Expected, has_order: bool, any_columns: bool, tolerance: float
) -> str | None:
    """What is wrong with the rows that were found, or None."""
    if wanted.width is not None and len(found.columns) != wanted.width:
        return f"{_counted(len(found.columns), 'column')}, expected {wanted.width}"
    if len(found.rows) != len(wanted.rows):
        return f"{_counted(len(found.rows), 'row')}, expected {len(wanted.rows)}"
    if not wanted.rows:
        return None
    orders = [tuple(range(len(found.columns)))]
    if any_columns:
        orders = column_orders(found.rows, wanted.rows, tolerance)
    fitting = [
        rows
        for order in orders
        if same_multiset(
            rows := [tuple(row[at] for at in order) for row in found.rows], wanted.rows, tolerance
        )
    ]
    if not fitting:
        return _difference(found.rows, wanted.rows)
    if not wanted.ordered or len(set(wanted.rows)) < 2:
        return None
    if not has_order:
        return "the rows are right, but no ORDER BY puts them in order"
    if any(_in_order(rows, wanted, tolerance) for rows in fitting):
        return None
    return "the rows are right, but in another order"


def _in_order(rows: list[Row], wanted: Expected, tolerance: float) -> bool:
    if wanted.keys is None:
        return same_sequence(rows, wanted.rows, tolerance)

    def keys(some: list[Row]) -> list[Row]:
        return [tuple(row[at] for at in wanted.keys or ()) for row in some]

    return same_sequence(keys(rows), keys(wanted.rows), tolerance)


def _difference(found: list[Row], wanted: list[Row]) -> str:
    """A row that only one of them has, where there is one."""
    there = set(wanted)
    extra = next((row for row in found if row not in there), None)
    return (
        f"gives the row {cut(repr(extra), 80)}, which is not expected"
        if extra
        else "other rows than expected"
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
