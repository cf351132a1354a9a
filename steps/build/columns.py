"""What the columns of every kind of dataset have in common: the problem's, and the answer as a message.

Each dataset has one trainer's columns and no other's; the rest is provenance under names no trainer reads.
"""

from __future__ import annotations

import polars as pl

from winnow.steps.ledger import Ledger
from winnow.steps.select.candidates import group_counts, judged

_MESSAGES = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))
ORDER = ("source_id", "problem", "place")
"""By what the rows of a dataset are sorted."""
PROBLEM = {key: key for key in ("source_id", "reference", "metadata", "n", "n_pass")}
"""What a row tells of its problem, beside `problem_id`."""


def problems_with_counts(ledger: Ledger, verifier: str, wanted: pl.Series) -> pl.LazyFrame:
    """These problems (their ids), each with its `messages`, and how many of its `n` completions passed."""
    told = ledger.scan("problems").filter(pl.col("id").is_in(wanted.unique().implode()))
    problems = told.unique("id", keep="any").select(
        "source_id",
        "reference",
        "metadata",
        problem="id",
        messages=pl.col("prompt").str.json_decode(_MESSAGES),
    )
    return problems.join(group_counts(judged(ledger, verifier)), on="problem")


def assistant(text: str) -> pl.Expr:
    """The message in which the model says `text` (a column)."""
    return pl.struct(role=pl.lit("assistant"), content=pl.col(text))
