"""Selected candidates in the columns that trainers read, with where they come from beside them.

Each dataset has one trainer's columns and no other's: `messages` for SFT; `prompt`, `chosen` and `rejected`
for preference. The rest is provenance under names no trainer reads.
"""

from __future__ import annotations

import polars as pl

from winnow.steps.ledger import Ledger
from winnow.steps.select.candidates import group_counts, judged

_MESSAGES = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))
_ORDER = ("source_id", "problem", "place")
_PROBLEM = {key: key for key in ("source_id", "reference", "metadata", "n", "n_pass")}


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


def sft_columns(chosen: pl.DataFrame, problems: pl.LazyFrame, told: pl.LazyFrame) -> pl.DataFrame:
    """The `sft` dataset: one row a completion, sorted by problem and rank.

    Args:
        chosen: from `select_sft`.
        problems: from `problems_with_counts`.
        told: from `fetched`.
    """
    rows = chosen.lazy().join(problems, on="problem").join(told, on="completion").sort(_ORDER)
    return rows.select(
        messages=pl.concat_list("messages", _assistant("text")),
        id="completion",
        verdict="status",
        score="score",
        extracted="extracted",
        problem_id="problem",
        **_PROBLEM,
        verifier="verifier",
        verifier_version="verifier_version",
        model="model",
        sampling="sampling",
        seed="seed",
        index="index",
        tokens="tokens",
    ).collect()


def preference_columns(pairs: pl.DataFrame, problems: pl.LazyFrame, told: pl.LazyFrame) -> pl.DataFrame:
    """The `preference` dataset: one row a pair, sorted by problem and rank.

    Args:
        pairs: from `select_pairs`.
        problems: from `problems_with_counts`.
        told: from `fetched`.
    """
    rows = pairs.lazy().join(problems, on="problem")
    for side in ("chosen", "rejected"):
        rows = rows.join(
            told.select(pl.all().name.suffix(f"_{side}")), left_on=side, right_on=f"completion_{side}"
        )
    return (
        rows.sort(_ORDER)
        .select(
            prompt="messages",
            chosen=pl.concat_list(_assistant("text_chosen")),
            rejected=pl.concat_list(_assistant("text_rejected")),
            id=pl.concat_str("chosen", pl.lit("-"), "rejected"),
            verdict_chosen="status_chosen",
            verdict_rejected="status_rejected",
            score_chosen="score_chosen",
            score_rejected="score_rejected",
            reason_rejected="reason_rejected",
            problem_id="problem",
            **_PROBLEM,
            verifier="verifier_chosen",
            verifier_version="verifier_version_chosen",
            model="model_chosen",
            sampling="sampling_chosen",
        )
        .collect()
    )


def _assistant(text: str) -> pl.Expr:
    return pl.struct(role=pl.lit("assistant"), content=pl.col(text))
