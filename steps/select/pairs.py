"""The two sides of a problem, and the pairs between them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from winnow.steps.select.candidates import ranked, usable
from winnow.steps.select.config import PreferenceConfig

POOL = 64
"""Of each side of a problem so many are paired at most, those that rank first: all of 10,000 candidates would
make 25 million pairs."""
_PLACES = ("place", "place_rejected")
ABREAST = (pl.max_horizontal(_PLACES), -pl.min_horizontal(_PLACES), *map(pl.col, _PLACES))
"""An order of pairs: the first with the first, the second with the second; then those of unequal places."""
BEST = (pl.sum_horizontal(_PLACES), *map(pl.col, _PLACES))
"""An order of pairs, for what is left open: those whose sides rank first."""


def side(
    candidates: pl.LazyFrame,
    status: str,
    config: PreferenceConfig,
    rank_by: Sequence[str] = (),
    *,
    worst_first: bool = False,
    most: int = POOL,
) -> pl.LazyFrame:
    """What can be one side of a pair, with its `place`, and its `value` on the scale of the margin.

    Args:
        candidates: with the status that is trusted.
        rank_by: instead of the configuration's.
        most: so many of a problem.
    """
    ordered = ranked(
        usable(candidates, status, config.messages.alike), rank_by or config.rank_by, worst_first=worst_first
    )
    return ordered.filter(pl.col("place") < most).with_columns(value=pl.col(config.scale))


def scaled(config: PreferenceConfig) -> list[str]:
    """The ranks with the scale of the margin before all others."""
    first = "verdict" if config.scale == "score" else "reward"
    return [first, *(key for key in config.rank_by if key != first)]


def offered(
    right: pl.LazyFrame, wrong: pl.LazyFrame, *order: pl.Expr, allowed: pl.Expr | None = None
) -> pl.DataFrame:
    """Every pair of a problem that is allowed, the least by `order` first.

    Columns of the rejected one have the suffix `_rejected`.
    """
    pairs = right.join(wrong, on="problem", suffix="_rejected")
    if allowed is not None:
        pairs = pairs.filter(allowed)
    return pairs.sort("problem", *order).collect()
