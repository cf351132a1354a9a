"""SFT: the best verified completions of each problem."""

from __future__ import annotations

import polars as pl

from winnow.steps.select.candidates import ranked, trusted, usable
from winnow.steps.select.config import SftConfig


def select_sft(candidates: pl.LazyFrame, config: SftConfig) -> pl.DataFrame:
    """At most `per_problem` distinct completions of a problem that passed and were not cut off.

    Args:
        candidates: as `judged` gives them.

    Returns:
        Columns problem, place (from 0, the best first), completion.
    """
    candidates = trusted(candidates, config)
    chosen = ranked(usable(candidates, "pass"), config.rank_by).filter(pl.col("place") < config.per_problem)
    return chosen.select("problem", "place", "completion").collect()
