"""What can be chosen from: every completion with its problem and one verifier's verdict.

Choosing reads no texts: the ledger has the length and the digest of each. Only what was chosen is fetched.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from winnow.steps.ledger.tables import Tables
from winnow.steps.ledger.view import departed, last_of, unchanged
from winnow.steps.records import BLANK
from winnow.steps.select.agreement import agreed
from winnow.steps.select.config import PreferenceConfig, SftConfig

CHOOSES_BY = ("id", "problem", "index", "digest", "length", "finish_reason", "logprob", "created_at")
"""Columns of completions that `judged` always reads."""
TEXTS = ("text", "reasoning")
_VERDICT, _FURTHER_VERDICT = ("status", "score", "results"), ("reason", "extracted")
FURTHER = frozenset((*TEXTS, *_FURTHER_VERDICT))
"""Columns that `judged` reads where a rule needs them."""
_NO_REWARD = pl.lit(None, dtype=pl.Float64).alias("reward")


def judged(ledger: Tables, verifier: str, reads: Collection[str] = ()) -> pl.LazyFrame:
    """One row a completion that this verifier (its fingerprint) has judged, of problems in the source.

    Without those on which it changed its mind.

    Columns: problem, completion, index, digest, length (characters), finish_reason, logprob, status, score,
    results, reward; and of `FURTHER` those in `reads`.
    """
    present = ledger.scan("completions").join(departed(ledger), on="problem", how="anti")
    completions = once(present.select(*CHOOSES_BY, *_of(TEXTS, reads)))
    told = ledger.scan("verdicts").filter(pl.col("fingerprint") == verifier)
    verdicts = told.select(
        "completion", *_VERDICT, *_of(_FURTHER_VERDICT, reads), "created_at", "id"
    ).collect()
    if verdicts["completion"].n_unique() < verdicts.height:
        verdicts = last_of(unchanged(verdicts.lazy())).collect()
    return completions.join(
        verdicts.lazy().drop("created_at", "id"), left_on="id", right_on="completion"
    ).select(pl.all().exclude("id", "created_at"), _NO_REWARD, completion="id")


def once(completions: pl.LazyFrame) -> pl.LazyFrame:
    """Each completion once: two writers may have asked for the same one, and the first answer counts."""
    rows = completions.collect()
    if rows["id"].n_unique() == rows.height:  # as nearly always, and to sort costs ten times as much
        return rows.lazy()
    return rows.lazy().sort("created_at", "digest").unique("id", keep="first")


def _of(columns: Collection[str], reads: Collection[str]) -> list[str]:
    return [column for column in columns if column in reads]


def usable(candidates: pl.LazyFrame, status: str) -> pl.LazyFrame:
    """Those with this status, without the truncated and the blank; of equal texts of a problem the first.

    Texts that are equal but for white space and were judged differently prove nothing: none is usable.
    """
    same = ["problem", "digest"]
    whole = candidates.filter((pl.col("finish_reason") != "length") & (pl.col("digest") != BLANK))
    proven = whole.filter(pl.col("status").is_in(["pass", "fail"]))
    clear = proven.filter(pl.col("status").n_unique().over(same) == 1).filter(pl.col("status") == status)
    return clear.sort("problem", "index").unique(same, keep="first", maintain_order=True)


def trusted(candidates: pl.LazyFrame, config: SftConfig | PreferenceConfig) -> pl.LazyFrame:
    """Candidates with the status that the recipe trusts."""
    return agreed(candidates) if config.trust == "agreement" else candidates


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


def fetched(ledger: Tables, verifier: str, completions: pl.Series) -> pl.LazyFrame:
    """Everything of these completions (their ids): text, where it comes from, and the whole verdict.

    Columns: completion, text, model, sampling, seed, index, tokens, status, score, reason, extracted,
    verifier, verifier_version.
    """
    wanted = completions.implode()
    texts = once(ledger.scan("completions").filter(pl.col("id").is_in(wanted))).select(
        "text", "model", "seed", "index", completion="id", sampling="told", tokens="completion_tokens"
    )
    told = ledger.scan("verdicts").filter(
        (pl.col("fingerprint") == verifier) & pl.col("completion").is_in(wanted)
    )
    verdicts = last_of(told).select(
        "completion", "status", "score", "reason", "extracted", "verifier", verifier_version="version"
    )
    return texts.join(verdicts, on="completion")
