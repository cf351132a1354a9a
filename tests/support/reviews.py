"""What people say, made by hand."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from winnow.steps.ledger.reviews import Review, review_row
from winnow.steps.ledger.schema import TABLES, Row, table_of
from winnow.steps.review.subjects import pair_of

_EMPTY = Review("", "", "", None, "reviews", "random", "", "submitted", None, None, None, None, None, 0)


def said(problem: str, completion: str, person: str, right: bool | None, at: int = 1, **more: object) -> Row:
    """A person's review of one completion."""
    told = replace(
        _EMPTY, problem=problem, subject=completion, first=completion, person=person, first_right=right, at=at
    )
    return review_row(replace(told, **more), "r")  # type: ignore[arg-type]


def compared(
    problem: str, one: str, other: str, person: str, preferred: str | None, at: int = 1, **more: object
) -> Row:
    """A person's review of two completions; `preferred` is one of them, or `tie`."""
    pair = pair_of(one, other)
    better = {pair.first: "first", pair.second: "second", None: None}.get(preferred, "tie")
    told = replace(
        _EMPTY,
        problem=problem,
        subject=pair.subject,
        first=pair.first,
        second=pair.second,
        person=person,
        better=better,
        at=at,
    )
    return review_row(replace(told, **more), "r")  # type: ignore[arg-type]


class Reviews:
    """Tables with nothing but reviews."""

    def __init__(self, *rows: Row) -> None:
        self._rows = list(rows)

    def scan(self, table: str) -> pl.LazyFrame:
        rows = self._rows if table == "reviews" else []
        if not rows:
            return pl.LazyFrame(pl.from_arrow(TABLES[table].empty_table()))
        return pl.LazyFrame(pl.from_arrow(table_of(table, rows)))
