"""Which problems two ledgers have in common."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from winnow.steps.ledger.tables import Tables

_TEXTS = ("prompt", "reference")


@dataclass(frozen=True, slots=True)
class Common:
    """Problems that both asked: `pairs` has their keys, `first` and `second`, in order.

    `by_id` of them have the same id in the source, and another prompt or reference. `only_first` and
    `only_second` were asked by one alone.
    """

    pairs: pl.DataFrame
    by_id: int
    only_first: int
    only_second: int


def common(
    first: pl.DataFrame, second: pl.DataFrame, ledgers: tuple[Tables, Tables], *, alike: bool
) -> Common:
    """Pair problems by their keys, which are of prompt and reference; those that are left by source id, where
    one of the two is the same: it was mended, or the question was put in other words.

    Args:
        first: columns `problem` and `source_id` of those that were asked.
        second: the same of the other run.
        ledgers: theirs.
        alike: whether both sources name their rows alike. Elsewhere ids are equal by chance, and only those
            with the same prompt are paired.
    """
    same = first.join(second, on="problem").select(first="problem", second="problem")
    rest = [
        _texts(one.join(same, left_on="problem", right_on=side, how="anti"), ledger)
        for one, side, ledger in zip((first, second), ("first", "second"), ledgers, strict=True)
    ]
    named = rest[0].join(rest[1], on="source_id", suffix="_second")
    equal = [pl.col(text) == pl.col(f"{text}_second") for text in (_TEXTS if alike else _TEXTS[:1])]
    by_id = named.filter(pl.any_horizontal(equal)).select(first="problem", second="problem_second")
    pairs = pl.concat([same, by_id]).sort("first", "second")
    return Common(pairs, by_id.height, first.height - pairs.height, second.height - pairs.height)


def _texts(rows: pl.DataFrame, ledger: Tables) -> pl.DataFrame:
    """Problems with their prompts and references, by an id that no other of them has."""
    alone = rows.filter(pl.col("source_id").is_unique() & (pl.col("source_id") != pl.col("problem")))
    if alone.is_empty():
        return alone.with_columns(*(pl.lit("").alias(text) for text in _TEXTS))
    texts = ledger.scan("problems").select(*_TEXTS, problem="id").unique("problem").collect()
    return alone.join(texts, on="problem")
