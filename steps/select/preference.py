"""Preference pairs: a completion that passed against one that failed."""

from __future__ import annotations

import polars as pl

from winnow.steps.select.candidates import ranked, trusted, usable
from winnow.steps.select.config import PreferenceConfig


def select_pairs(candidates: pl.LazyFrame, config: PreferenceConfig) -> pl.DataFrame:
    """`best_vs_worst`: the best that passed with the worst that failed, the second with the second.

    A problem gives at most `per_problem` pairs, none where all passed or all failed; no candidate stands in
    two pairs, and neither side was cut off.

    Args:
        candidates: as `judged` gives them.

    Returns:
        Columns problem, place (from 0), chosen, rejected (ids of completions).
    """
    candidates = trusted(candidates, config)
    right = ranked(usable(candidates, "pass"), config.rank_by)
    wrong = ranked(usable(candidates, "fail"), config.rank_by, worst_first=True)
    pairs = _side(right, "chosen", config).join(_side(wrong, "rejected", config), on=["problem", "place"])
    return pairs.collect()


def _side(ordered: pl.LazyFrame, name: str, config: PreferenceConfig) -> pl.LazyFrame:
    most = ordered.filter(pl.col("place") < config.per_problem)
    return most.select("problem", "place", pl.col("completion").alias(name))
