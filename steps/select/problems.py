"""Rows that are problems, and rows that are everything."""

from __future__ import annotations

import polars as pl

from winnow.steps.select.config import CandidatesConfig, GrpoConfig
from winnow.steps.select.reviews import who
from winnow.steps.select.trust import answers, pass_rates, trust_reads


def grpo_reads(config: GrpoConfig) -> frozenset[str]:
    """The columns of `FURTHER` that choosing rows takes."""
    asked = {"sampling"} if config.messages.system == "sampled" else set()
    return trust_reads(config) | asked


def select_grpo(candidates: pl.LazyFrame, config: GrpoConfig) -> pl.DataFrame:
    """The problems that are neither too easy nor too hard; by the votes, those that they know an answer to.

    Args:
        candidates: as `judged` gives them, with `grpo_reads`.

    Returns:
        Columns problem, place (0), pass_rate, answer (by the votes, where they are trusted; else null),
        sampling (of its first completion, where it is read).
    """
    rows = pass_rates(candidates, config).with_columns(place=pl.lit(0, pl.Int64))
    if config.trust == "votes":
        rows = rows.join(answers(candidates, config), on="problem")
    else:
        rows = rows.with_columns(answer=pl.lit(None, pl.String))
    if "sampling" in grpo_reads(config):
        firsts = candidates.sort("problem", "index", "completion").unique("problem", keep="first")
        rows = rows.join(firsts.select("problem", "sampling"), on="problem")
    return rows.sort("problem").collect()


def select_candidates(candidates: pl.LazyFrame, config: CandidatesConfig) -> pl.DataFrame:
    """Every candidate that cleaning left, by its index.

    Args:
        candidates: as `judged` gives them.

    Returns:
        Columns problem, place, completion, reward; and `WHO`, where reviews count.
    """
    further = ("reward", *who(candidates))
    left = candidates.filter(~pl.col("dropped")).select("problem", "index", "completion", *further)
    ordered = left.sort("problem", "index", "completion")
    placed = ordered.with_columns(place=pl.int_range(pl.len()).over("problem"))
    return placed.select("problem", "place", "completion", *further).collect()
