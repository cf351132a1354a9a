"""Self-consistency: where nobody knows the answer, the one that most completions give."""

from __future__ import annotations

import polars as pl

from winnow.steps.ledger.view import FINISHED
from winnow.steps.select.candidates import share


def voted(candidates: pl.LazyFrame, min_share: float) -> pl.LazyFrame:
    """Candidates whose status is not their verdict's, but that of a vote.

    Each completion that was not cut off has a vote, for what the verifier extracted of it. The answer with
    the most votes passes where it has at least `min_share` of all; all other answers of the problem fail.
    Where it has less, or two have as many, nobody knows: those are skipped. So is a completion without an
    answer, which counts in the share as one. `score` is the answer's share. (Wang et al. 2022,
    "Self-Consistency Improves Chain of Thought Reasoning in Language Models", arXiv 2203.11171.)

    Args:
        candidates: as `judged` gives them, with `extracted`.
    """
    answer = pl.col("extracted").str.strip_chars()
    voters = candidates.filter(FINISHED & (pl.col("status") != "error"))
    counted = (
        voters.with_columns(answer=pl.when(answer != "").then(answer))
        .with_columns(votes=pl.col("answer").count().over("problem", "answer"))
        .with_columns(
            most=pl.col("votes").max().over("problem"), share=share(pl.col("votes"), pl.len().over("problem"))
        )
    )
    firsts = pl.col("answer").filter(pl.col("votes") == pl.col("most")).n_unique().over("problem")
    known = (firsts == 1) & (pl.col("share").max().over("problem") >= min_share) & (pl.col("votes") > 0)
    status = pl.when(pl.col("votes") == pl.col("most")).then(pl.lit("pass")).otherwise(pl.lit("fail"))
    return counted.with_columns(
        status=pl.when(known).then(status).otherwise(pl.lit("skip")), score=pl.when(known).then("share")
    ).drop("answer", "votes", "most", "share")
