"""Preference pairs: a completion that passed against one that failed."""

from __future__ import annotations

import polars as pl

from winnow.steps.select.candidates import ranked, usable
from winnow.steps.select.config import PreferenceConfig

_OF_THE_PROBLEM = ("problem", "place")


def select_pairs(candidates: pl.LazyFrame, config: PreferenceConfig) -> pl.LazyFrame:
    """`best_vs_worst`: the best that passed with the worst that failed, the second with the second.

    A problem gives at most `per_problem` pairs, none where all passed or all failed; no candidate stands in
    two pairs, and neither side was cut off. Columns are those of `judged`, with the suffixes `_chosen` and
    `_rejected`.
    """
    right = ranked(usable(candidates.filter(pl.col("status") == "pass")), config.rank_by)
    wrong = ranked(usable(candidates.filter(pl.col("status") == "fail")), config.rank_by, worst_first=True)
    return (
        _suffixed(right, "_chosen", config.per_problem)
        .join(_suffixed(wrong, "_rejected", config.per_problem), on=_OF_THE_PROBLEM)
        .filter(pl.col("digest_chosen") != pl.col("digest_rejected"))
    )


def _suffixed(side: pl.LazyFrame, suffix: str, most: int) -> pl.LazyFrame:
    return side.filter(pl.col("place") < most).rename(
        lambda name: name if name in _OF_THE_PROBLEM else name + suffix
    )
