"""What was dropped, by which rule, and why."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def drops_of(keys: pl.Series, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """What several rules dropped, as one frame.

    Args:
        keys: the column that tells the texts apart.
        parts: columns at (row in `keys`), rule, detail.

    Returns:
        Columns as `keys` is called, rule, detail: each text once, by the first rule that drops it, in the
        order of `keys`.
    """
    empty = pl.DataFrame(schema={"at": pl.Int64, "rule": pl.String, "detail": pl.String})
    every = pl.concat(
        [empty, *(part.select(pl.col("at").cast(pl.Int64), "rule", "detail") for part in parts)]
    )
    first = every.unique("at", keep="first", maintain_order=True).sort("at")
    return first.select(keys.gather(first["at"]), "rule", "detail")


def told(at: pl.Series, rule: str, detail: pl.Series) -> pl.DataFrame:
    """What one rule dropped, as `drops_of` wants it."""
    return pl.DataFrame({"at": at, "detail": detail.cast(pl.String)}).with_columns(rule=pl.lit(rule))


def counts_of(drops: pl.DataFrame) -> dict[str, int]:
    """How many each rule dropped, by rule in alphabetical order.

    >>> counts_of(pl.DataFrame({"rule": ["pii", "language", "pii"]}))
    {'language': 1, 'pii': 2}
    """
    return dict(drops.group_by("rule").len().sort("rule").iter_rows())
