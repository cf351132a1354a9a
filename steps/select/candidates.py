"""What can be chosen from: every completion with its problem and one verifier's verdict.

Most rules read no texts: the ledger has the length and the digest of each. Only what was chosen is fetched.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from winnow.steps.ledger.rewards import rewards_of
from winnow.steps.ledger.tables import Tables
from winnow.steps.ledger.view import FINISHED, departed, last_of, unchanged
from winnow.steps.records import BLANK
from winnow.steps.scoring import Scoring
from winnow.steps.select.config import MessagesConfig
from winnow.steps.select.said import said_digest, said_length

_ALWAYS = ("problem", "index", "digest", "length", "finish_reason", "logprob")
_COMPLETIONS = {
    "text": pl.col("text"),
    "sampling": pl.col("told"),
    "system": pl.col("told").str.json_path_match("$.system").fill_null(""),
    "said": said_digest(pl.col("text"), pl.col("digest")),
    "said_length": said_length(pl.col("text"), pl.col("length")),
}
_VERDICT, _VERDICTS = ("status", "score", "results"), ("reason", "extracted")
FURTHER = frozenset((*_COMPLETIONS, *_VERDICTS))
"""Columns that `judged` reads where a rule needs them; `said` is the digest of the text without thoughts,
`said_length` how many characters that is, `system` what the sampler said to the model."""
FETCHED = (
    "id",
    "problem",
    "text",
    "reasoning",
    "model",
    "told",
    "seed",
    "index",
    "completion_tokens",
    "length",
    "finish_reason",
    "logprob",
    "digest",
    "created_at",
)
"""Columns of completions that `fetched` reads."""
_NO_REWARD = pl.lit(None, dtype=pl.Float64).alias("reward")
_NOT_DROPPED = pl.lit(False).alias("dropped")


def judged(
    ledger: Tables, verifier: str, reads: Collection[str] = (), scoring: Scoring | None = None
) -> pl.LazyFrame:
    """One row a completion that this verifier (its fingerprint) has judged, of problems in the source.

    Without those on which it changed its mind.

    Columns: problem, completion, index, digest, length (characters), finish_reason, logprob, status, score,
    results, reward (by `scoring`; null where that gave none), dropped (whether cleaning took it out; not
    yet); and of `FURTHER` those in `reads`.
    """
    completions = ledger.scan("completions").select(candidate_columns(reads))
    return judged_of(completions, ledger, verifier, reads, scoring)


def candidate_columns(reads: Collection[str]) -> list[pl.Expr]:
    """What `judged_of` needs of the ledger's completions."""
    further = [expression.alias(name) for name, expression in _COMPLETIONS.items() if name in reads]
    return [*map(pl.col, _ALWAYS), *further, pl.col("id").alias("completion"), pl.col("created_at")]


def judged_of(
    candidates: pl.LazyFrame,
    ledger: Tables,
    verifier: str,
    reads: Collection[str] = (),
    scoring: Scoring | None = None,
) -> pl.LazyFrame:
    """As `judged`, of candidates that have their `candidate_columns` already."""
    present = once(candidates.join(departed(ledger), on="problem", how="anti"), "completion")
    told = ledger.scan("verdicts").filter(pl.col("fingerprint") == verifier)
    further = [name for name in _VERDICTS if name in reads]
    verdicts = told.select("completion", *_VERDICT, *further, "created_at", "id").collect()
    if verdicts["completion"].n_unique() < verdicts.height:
        verdicts = last_of(unchanged(verdicts.lazy())).collect()
    known = verdicts.lazy().drop("created_at", "id")
    rows = present.drop("created_at").join(known, on="completion")
    if scoring is None:
        return rows.with_columns(_NO_REWARD, _NOT_DROPPED)
    rewarded = rows.join(rewards_of(ledger, scoring), on="completion", how="left", maintain_order="left")
    return rewarded.with_columns(_NOT_DROPPED)


def usable_reads(messages: MessagesConfig) -> frozenset[str]:
    """The columns of `FURTHER` that `usable` takes, and so all that choose among completions."""
    return frozenset({"said"} if messages.thinking == "keep" else {"said", "said_length"})


def once(completions: pl.LazyFrame, key: str) -> pl.LazyFrame:
    """Each completion once: two writers may have asked for the same one, and the first answer counts."""
    rows = completions.collect()
    if rows[key].n_unique() == rows.height:  # as nearly always, and to sort costs ten times as much
        return rows.lazy()
    return rows.lazy().sort("created_at", "digest").unique(key, keep="first")


def whole(candidates: pl.LazyFrame) -> pl.LazyFrame:
    """Those that were not cut off, and say something outside their thoughts; the dropped ones among them.

    What is right, and what a group is like, hangs on all that was sampled, whatever cleaning thinks of it.
    """
    return candidates.filter(FINISHED & (pl.col("said") != BLANK))


def usable(
    candidates: pl.LazyFrame, status: str, messages: MessagesConfig, *, dropped: bool = False
) -> pl.LazyFrame:
    """The whole ones with this status; of a problem's equal ones, as a row shows them, the first.

    Their `length` is that of what a row shows, so that no rule goes by what a trainer does not see.

    None that cleaning dropped; or, if `dropped`, those alone.

    Answers that are equal but for white space and thoughts and were judged differently prove nothing: none
    is usable. So what passed and what failed always differ in more than that.
    """
    said, other = whole(candidates), {"pass": "fail", "fail": "pass"}[status]
    against = said.filter(pl.col("status") == other).select("problem", "said")
    mine = said.filter((pl.col("status") == status) & (pl.col("dropped") == dropped))
    clear = mine.join(against, on=["problem", "said"], how="anti")
    if messages.thinking != "keep":
        clear = clear.with_columns(length="said_length")
    # As `unique` would, but that is slower where the order is thought not to matter.
    return clear.sort("problem", "index", "completion").filter(
        pl.struct("problem", messages.alike).is_first_distinct()
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


def share(part: pl.Expr, of: pl.Expr) -> pl.Expr:
    """`part / of`, to nine digits: the last bits of polars' quotient differ where `of` is one number for all.

    >>> pl.select(share(pl.lit(3), pl.lit(5))).item()
    0.6
    """
    return (part / of).round(9)


def group_counts(candidates: pl.LazyFrame) -> pl.LazyFrame:
    """For each problem: `n` judged completions, `n_pass` of them right, `n_fail` wrong."""
    status = pl.col("status")
    return candidates.group_by("problem").agg(
        n=(status != "error").sum(), n_pass=(status == "pass").sum(), n_fail=(status == "fail").sum()
    )


def fetched(ledger: Tables, verifier: str, completions: pl.Series) -> pl.LazyFrame:
    """Everything of these completions (their ids): text, where it comes from, and the whole verdict.

    Columns: completion, text, reasoning, model, sampling, seed, index, tokens, length, finish_reason,
    logprob, status, score, reason, extracted, results, verifier, verifier_version.
    """
    wanted = completions.implode()
    rows = ledger.scan("completions").filter(pl.col("id").is_in(wanted)).select(FETCHED)
    texts = once(rows, "id").select(
        pl.all().exclude("id", "told", "completion_tokens", "created_at", "digest", "problem"),
        completion="id",
        sampling="told",
        tokens="completion_tokens",
    )
    of_this = (pl.col("fingerprint") == verifier) & pl.col("completion").is_in(wanted)
    verdicts = last_of(ledger.scan("verdicts").filter(of_this)).select(
        "completion",
        "status",
        "score",
        "reason",
        "extracted",
        "results",
        "verifier",
        verifier_version="version",
    )
    return texts.join(verdicts, on="completion")
