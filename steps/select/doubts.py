"""Where scorers of reasoning steps have their first doubt, and whether proofs agree with them."""

from __future__ import annotations

import polars as pl

from winnow.steps.ledger.rewards import latest_rewards
from winnow.steps.ledger.tables import Tables
from winnow.steps.scoring import Scoring

DOUBTS = ("scored", "doubted")


def doubts_of(tables: Tables, scoring: Scoring, below: float) -> pl.LazyFrame:
    """Of each completion whose reasoning steps the scoring's members have scored, how many they are
    (`scored`), and the place of the first one with a score below this (`doubted`), null where none is.

    Members that score no steps say nothing. Where two do not find the same, the completion is not there.

    Columns: completion and `DOUBTS`.
    """
    rows = latest_rewards(tables, [member.scorer for member in scoring.members])
    doubts = pl.col("steps").list.eval((pl.element() < below).cast(pl.Int8))
    first = pl.when(doubts.list.max() == 1).then(doubts.list.arg_max()).cast(pl.Int64)
    each = rows.filter(pl.col("steps").list.len() > 0).select(
        "completion", scored=pl.col("steps").list.len().cast(pl.Int64), doubted=first
    )
    found = each.group_by("completion").agg(pl.first(*DOUBTS), one=pl.struct(DOUBTS).n_unique() == 1)
    return found.filter("one").drop("one")


def agreed(steps: pl.Expr, first_bad: pl.Expr) -> pl.Expr:
    """Whether a scorer has its first doubt at the first bad of so many steps, and none where none is bad."""
    return (pl.col("scored") == steps).fill_null(False) & pl.col("doubted").eq_missing(first_bad)
