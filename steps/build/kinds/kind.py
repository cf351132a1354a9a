"""What a kind of dataset is: how its rows are chosen, and in which columns they stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import polars as pl
from pydantic import BaseModel

from winnow.steps.ledger.tables import Tables
from winnow.steps.scoring import Scoring

C = TypeVar("C", bound=BaseModel)


class Known(NamedTuple):
    """What is known of whole problems: their tables, all judged candidates, the verifier (its fingerprint)
    that judged them, and whose rewards count; and how pairs of steps are cleaned, which are no candidates."""

    tables: Tables
    candidates: pl.LazyFrame
    verifier: str
    scoring: Scoring | None
    cleaned: Callable[[pl.DataFrame], pl.DataFrame] = lambda pairs: pairs


@dataclass(frozen=True, slots=True)
class Kind(Generic[C]):
    """One kind of dataset; all its functions are pure, and each problem's rows are its own affair.

    So what is built of parts, each of whole problems, and put together is what is built at once.

    Attributes:
        name: the key below `build`, and the folder of the dataset.
        sides: the columns of a selection that hold ids of completions; none where a row has no completion.
        reads: of a configuration, the columns which the selection needs beside those that `judged` always
            has (see `FURTHER`): texts are read where a rule needs them, and nowhere else.
        select: of all judged candidates of whole problems, in any order, the rows: columns `problem`,
            `place` (of the row in its problem, from 0), the sides, and what the kind has to say of them.
        columns: of a selection, its problems (`problems_of`) and its completions (`fetched`), the
            rows in a trainer's columns with their provenance, sorted by problem and place.
        pool: what the selection chooses from instead of the candidates, where it is something else.
    """

    name: str
    sides: tuple[str, ...]
    reads: Callable[[C], frozenset[str]]
    select: Callable[[pl.LazyFrame, C], pl.DataFrame]
    columns: Callable[[pl.DataFrame, pl.LazyFrame, pl.LazyFrame, C], pl.DataFrame]
    pool: Callable[[Known, C], pl.LazyFrame] | None = None

    def chosen(self, known: Known, config: C) -> pl.DataFrame:
        """The selection from what is known of whole problems."""
        return self.select(self.pool(known, config) if self.pool else known.candidates, config)


def nothing(config: BaseModel) -> frozenset[str]:
    """`reads` of a kind that chooses by what `judged` always has."""
    return frozenset()
