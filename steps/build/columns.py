"""What the columns of every kind of dataset have in common: the problem's, and the answer as a message.

Each dataset has one trainer's columns and no other's; the rest is provenance under names no trainer reads.
"""

from __future__ import annotations

import polars as pl

from winnow.steps.build.config import SplitsConfig
from winnow.steps.ledger.tables import Tables

_MESSAGES = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))
ORDER = ("source_id", "problem", "place")
"""By what the rows of a dataset are sorted."""
PROBLEM = {key: key for key in ("source_id", "reference", "metadata", "n", "n_pass")}
"""What a row tells of its problem, beside `problem_id`."""


def problems_of(ledger: Tables, counts: pl.LazyFrame, splits: SplitsConfig) -> pl.LazyFrame:
    """The problems that were judged, each with its `messages`, its `split`, and how many of its `n`
    completions passed (`n_pass`)."""
    told = ledger.scan("problems").sort("created_at", "source_id", "metadata").unique("id", keep="last")
    problems = told.select(
        "source_id",
        "reference",
        "metadata",
        problem="id",
        messages=pl.col("prompt").str.json_decode(_MESSAGES),
        split=pl.col("prompt").map_elements(splits.of, return_dtype=pl.String),
    )
    return problems.join(counts, on="problem")


def assistant(text: str) -> pl.Expr:
    """The message in which the model says `text` (a column)."""
    return pl.struct(role=pl.lit("assistant"), content=pl.col(text))
