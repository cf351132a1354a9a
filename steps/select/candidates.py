"""What can be chosen from: every completion with its problem and one verifier's verdict.

Most rules read no texts: the ledger has the length and the digest of each. Only what was chosen is fetched.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.view import departed, flipped, latest_verdicts
from winnow.steps.records import BLANK
from winnow.steps.select.said import said_digest

_VERDICTS = ("reason", "extracted")
_COMPLETIONS = {
    "text": pl.col("text"),
    "sampling": pl.col("told"),
    "said": said_digest(pl.col("text"), pl.col("digest")),
}
FURTHER = frozenset((*_COMPLETIONS, *_VERDICTS))
"""Columns that `judged` reads where a rule needs them; `said` is the digest of the text without thoughts."""
SAID = frozenset({"said"})
"""What every rule reads that chooses among completions: one that is nothing but a thought is no answer."""
_NO_REWARD = pl.lit(None, dtype=pl.Float64).alias("reward")


def judged(ledger: Ledger, verifier: str, reads: Collection[str] = ()) -> pl.LazyFrame:
    """One row a completion that this verifier (its fingerprint) has judged, of problems in the source.

    Without those on which it changed its mind.

    Columns: problem, completion, index, digest, length (characters), finish_reason, logprob, status, score,
    results, reward; and of `FURTHER` those in `reads`.
    """
    further = [expression.alias(name) for name, expression in _COMPLETIONS.items() if name in reads]
    completions = ledger.scan("completions").select(
        "problem", "index", "digest", "length", "finish_reason", "logprob", *further, completion="id"
    )
    verdicts = latest_verdicts(ledger, verifier).select(
        "completion", "status", "score", "results", *(name for name in _VERDICTS if name in reads)
    )
    present = completions.join(departed(ledger), on="problem", how="anti")
    clear = present.join(flipped(ledger, verifier), on="completion", how="anti")
    return clear.join(verdicts, on="completion").with_columns(_NO_REWARD)


def whole(candidates: pl.LazyFrame) -> pl.LazyFrame:
    """Those that were not cut off, and say something outside their thoughts."""
    return candidates.filter((pl.col("finish_reason") != "length") & (pl.col("said") != BLANK))


def usable(candidates: pl.LazyFrame, status: str, alike: str = "digest") -> pl.LazyFrame:
    """The whole ones with this status; of a problem's equal ones, by the column `alike`, the first.

    Answers that are equal but for white space and thoughts and were judged differently prove nothing: none
    is usable. So what passed and what failed always differ in more than that.
    """
    proven = whole(candidates).filter(pl.col("status").is_in(["pass", "fail"]))
    ways = pl.col("status").n_unique().over("problem", "said")
    clear = proven.filter(ways == 1).filter(pl.col("status") == status)
    return clear.sort("problem", "index", "completion").unique(
        ["problem", alike], keep="first", maintain_order=True
    )


def ranked(candidates: pl.LazyFrame, rank_by: Sequence[str], *, worst_first: bool = False) -> pl.LazyFrame:
    """Sorted within each problem by these keys, the most first (`-key`: the least), ties by index.

    Adds `place`, from 0.
    """
    keys = [column_of(key) for key in rank_by]
    most_first = [key.startswith("-") == worst_first for key in rank_by]
    ordered = candidates.sort(
        ["problem", *keys, "index", "completion"],
        descending=[False, *most_first, False, False],
        nulls_last=[False, *[True for _ in keys], False, False],
    )
    return ordered.with_columns(pl.int_range(pl.len()).over("problem").alias("place"))


def column_of(rank: str) -> str:
    """The column that a rank goes by.

    >>> column_of("verdict"), column_of("-length")
    ('score', 'length')
    """
    name = rank.removeprefix("-")
    return "score" if name == "verdict" else name


def group_counts(candidates: pl.LazyFrame) -> pl.LazyFrame:
    """For each problem: `n` judged completions, `n_pass` of them right."""
    return candidates.group_by("problem").agg(
        n=(pl.col("status") != "error").sum(), n_pass=(pl.col("status") == "pass").sum()
    )


def fetched(ledger: Ledger, verifier: str, completions: pl.Series) -> pl.LazyFrame:
    """Everything of these completions (their ids): text, where it comes from, and the whole verdict.

    Columns: completion, text, reasoning, model, sampling, seed, index, tokens, length, finish_reason,
    logprob, status, score, reason, extracted, results, verifier, verifier_version.
    """
    wanted = completions.implode()
    texts = ledger.scan("completions").filter(pl.col("id").is_in(wanted))
    verdicts = latest_verdicts(ledger, verifier).filter(pl.col("completion").is_in(wanted))
    return texts.select(
        "text",
        "reasoning",
        "model",
        "seed",
        "index",
        "length",
        "finish_reason",
        "logprob",
        completion="id",
        sampling="told",
        tokens="completion_tokens",
    ).join(
        verdicts.select(
            "completion",
            "status",
            "score",
            "reason",
            "extracted",
            "results",
            "verifier",
            verifier_version="version",
        ),
        on="completion",
    )
