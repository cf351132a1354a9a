"""Selected candidates in the columns that trainers read, with where they come from beside them.

Each dataset has one trainer's columns and no other's: `messages` for SFT; `prompt`, `chosen` and `rejected`
for preference. The rest is provenance under names no trainer reads.
"""

from __future__ import annotations

import polars as pl

_MESSAGES = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))


def sft_columns(chosen: pl.LazyFrame, problems: pl.LazyFrame, counts: pl.LazyFrame) -> pl.DataFrame:
    """The `sft` dataset: one row a completion, sorted by problem and rank.

    Args:
        chosen: from `select_sft`.
        problems: the ledger's table.
        counts: from `group_counts`.
    """
    rows = _with_problem(chosen, problems, counts).sort("source_id", "problem", "place")
    return rows.select(
        messages=pl.concat_list("messages", _assistant("text")),
        id="completion",
        verdict="status",
        score="score",
        **_provenance("verifier", "verifier_version", "model", "sampling"),
        seed="seed",
        index="index",
        tokens="tokens",
    ).collect()


def preference_columns(pairs: pl.LazyFrame, problems: pl.LazyFrame, counts: pl.LazyFrame) -> pl.DataFrame:
    """The `preference` dataset: one row a pair, sorted by problem and rank."""
    rows = _with_problem(pairs, problems, counts).sort("source_id", "problem", "place")
    return rows.select(
        prompt="messages",
        chosen=pl.concat_list(_assistant("text_chosen")),
        rejected=pl.concat_list(_assistant("text_rejected")),
        id=pl.concat_str("completion_chosen", pl.lit("-"), "completion_rejected"),
        verdict_chosen="status_chosen",
        verdict_rejected="status_rejected",
        score_chosen="score_chosen",
        score_rejected="score_rejected",
        reason_rejected="reason_rejected",
        **_provenance("verifier_chosen", "verifier_version_chosen", "model_chosen", "sampling_chosen"),
    ).collect()


def _with_problem(rows: pl.LazyFrame, problems: pl.LazyFrame, counts: pl.LazyFrame) -> pl.LazyFrame:
    told = problems.unique("id", keep="any").select(
        "source_id",
        "reference",
        "metadata",
        problem="id",
        messages=pl.col("prompt").str.json_decode(_MESSAGES),
    )
    return rows.join(told, on="problem").join(counts, on="problem")


def _assistant(text: str) -> pl.Expr:
    return pl.struct(role=pl.lit("assistant"), content=pl.col(text))


def _provenance(verifier: str, version: str, model: str, sampling: str) -> dict[str, str | pl.Expr]:
    return {
        "problem_id": "problem",
        "source_id": "source_id",
        "reference": "reference",
        "metadata": "metadata",
        "n": "n",
        "n_pass": "n_pass",
        "verifier": verifier,
        "verifier_version": version,
        "model": model,
        "sampling": sampling,
    }
