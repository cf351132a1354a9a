"""A ledger in parts: each has every row of its problems, and is small enough to be worked on in memory.

Problems go to parts by their keys, which are hashes: a part is a like share of everything, whatever the order
in which the rows came.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from winnow.steps.ledger.store import Ledger, empty

PART_ROWS = 500_000
"""Completions in a part, about: some hundred megabytes while they are worked on."""

_OWNER = {
    "problems": "id",
    "completions": "problem",
    "verdicts": "problem",
    "judgements": "problem",
    "rewards": "problem",
    "rollouts": "problem",
    "nodes": "problem",
    "node_rewards": "problem",
    "reviews": "problem",
    "events": "subject",
}
_DIGITS = 4  # of a key, that decide


class Part:
    """The rows of some problems, in files of our own; what is made of them may be put beside them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def scan(self, table: str) -> pl.LazyFrame:
        """A lazy view of the part's rows, with the columns that were cut."""
        return pl.scan_ipc(sorted((self.folder / table).glob("*.arrow")))

    def add(self, table: str, rows: pl.DataFrame) -> None:
        """Put rows to those that the part has of a table, or of one that is none of the ledger's."""
        folder = self.folder / table
        folder.mkdir(parents=True, exist_ok=True)
        rows.write_ipc(folder / f"{len(list(folder.iterdir())):05}.arrow", compression="lz4")


class Whole(Part):
    """A ledger that is a part of itself: nothing is copied, and what is made of it stays in memory."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.made: dict[str, pl.LazyFrame] = {}

    def scan(self, table: str) -> pl.LazyFrame:
        return self.made[table] if table in self.made else self._ledger.scan(table)

    def add(self, table: str, rows: pl.DataFrame) -> None:
        self.made[table] = rows.lazy()


def parts_of(ledger: Ledger, folder: Path, rows: int = PART_ROWS) -> list[Part]:
    """A ledger in as many parts as it takes, each of about so many completions; they are filled by `cut`.

    A small ledger is its only part. Others have files below `folder`.
    """
    number = -(-ledger.height("completions") // rows)
    return [Part(folder / f"{at:05}") for at in range(number)] if number > 1 else [Whole(ledger)]


def cut(
    ledger: Ledger,
    table: str,
    parts: Sequence[Part],
    *,
    keep: pl.Expr | None = None,
    columns: Sequence[pl.Expr] = (pl.all(),),
    name: str | None = None,
) -> None:
    """Give every part its rows of a table: those that are to be kept, with these columns, under this name.

    The table is read once, some hundred thousand rows at a time; memory does not grow with it.
    """

    def taken(rows: pl.LazyFrame, *further: pl.Expr) -> pl.LazyFrame:
        return (rows if keep is None else rows.filter(keep)).select(*columns, *further)

    for whole in parts:
        if isinstance(whole, Whole):
            whole.made[name or table] = taken(ledger.scan(table))
            return
    for part in parts:  # so that one without a row has the columns all the same
        part.add(name or table, taken(empty(table)).collect())
    at = _part(_OWNER[table], len(parts))
    for rows in ledger.batches(table):
        found = taken(rows, at).collect().partition_by("part", as_dict=True, include_key=False)
        for (number,), some in found.items():
            parts[int(number)].add(name or table, some)


def among(keys: pl.Series) -> pl.Expr:
    """Whether a row's `id` is one of many keys, as far as its first digits tell: it may be another's.

    `is_in` hashes all keys anew for each few rows that are read, and would make a pass over a ledger
    quadratic.
    """
    known = _number(keys).unique().sort()

    def are(ids: pl.Series) -> pl.Series:
        numbers = _number(ids)
        places = known.search_sorted(numbers).clip(upper_bound=max(0, len(known) - 1))
        return known.gather(places) == numbers if len(known) else pl.repeat(False, len(ids), eager=True)

    return pl.col("id").map_batches(are, return_dtype=pl.Boolean)


def _number(keys: pl.Series) -> pl.Series:
    return keys.str.head(15).str.to_integer(base=16, strict=False).fill_null(0)


def _part(key: str, number: int) -> pl.Expr:
    """Column `part`: which of so many a key belongs to; one that is no hash belongs to the first."""
    slot = pl.col(key).str.head(_DIGITS).str.to_integer(base=16, strict=False).fill_null(0)
    part: pl.Expr = (slot * number) // 16**_DIGITS
    return part.alias("part")
