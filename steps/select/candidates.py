"""What can be chosen from: every completion with its problem and one verifier's verdict."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from winnow.steps.ledger import Ledger

_NO_REWARD = pl.lit(None, dtype=pl.Float64).alias("reward")


def judged(ledger: Ledger, verifier: str) -> pl.LazyFrame:
    """One row a completion that this verifier (its fingerprint) has judged.

    Columns: problem, completion, index, text, digest, finish_reason, model, sampling, seed, tokens, logprob,
    status, score, reason, extracted, verifier, verifier_version, length (characters), reward.
    """
    completions = ledger.scan("completions").select(
        "problem",
        "index",
        "text",
        "digest",
        "finish_reason",
        "model",
        "seed",
        "logprob",
        completion="id",
        sampling="told",
        tokens="completion_tokens",
    )
    verdicts = ledger.scan("verdicts").filter(pl.col("fingerprint") == verifier)
    verdicts = verdicts.select(
        "completion", "status", "score", "reason", "extracted", "verifier", verifier_version="version"
    )
    length = pl.col("text").str.len_chars().alias("length")
    return completions.join(verdicts, on="completion").with_columns(length, _NO_REWARD)


def usable(candidates: pl.LazyFrame) -> pl.LazyFrame:
    """Without the truncated and the blank, and of equal texts of a problem only the first."""
    whole = candidates.filter(
        (pl.col("finish_reason") != "length") & (pl.col("text").str.strip_chars() != "")
    )
    return whole.sort("problem", "index").unique(["problem", "digest"], keep="first", maintain_order=True)


def ranked(candidates: pl.LazyFrame, rank_by: Sequence[str], *, worst_first: bool = False) -> pl.LazyFrame:
    """Sorted within each problem by these keys, the most first (`-key`: the least), ties by index.

    Adds `place`, from 0.
    """
    keys = [{"verdict": "score"}.get(key.removeprefix("-"), key.removeprefix("-")) for key in rank_by]
    most_first = [key.startswith("-") == worst_first for key in rank_by]
    ordered = candidates.sort(
        ["problem", *keys, "index"],
        descending=[False, *most_first, False],
        nulls_last=[False, *[True for _ in keys], False],
    )
    return ordered.with_columns(pl.int_range(pl.len()).over("problem").alias("place"))


def group_counts(candidates: pl.LazyFrame) -> pl.LazyFrame:
    """For each problem: `n` judged completions, `n_pass` of them right."""
    return candidates.group_by("problem").agg(
        n=(pl.col("status") != "error").sum(), n_pass=(pl.col("status") == "pass").sum()
    )
