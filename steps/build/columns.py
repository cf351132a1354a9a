"""Selected candidates in the columns that trainers read, with where they come from beside them.

Each dataset has one trainer's columns and no other's: `messages` for SFT; `prompt`, `chosen` and `rejected`
for preference. The rest is provenance under names no trainer reads.
"""

from __future__ import annotations

import polars as pl

from winnow.steps.ledger import Ledger
from winnow.steps.select.candidates import fetched, group_counts, judged

_MESSAGES = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))
_ORDER = ("source_id", "problem", "place")
_PROBLEM = {key: key for key in ("source_id", "reference", "metadata", "n", "n_pass")}


def sft_columns(ledger: Ledger, verifier: str, chosen: pl.DataFrame) -> pl.DataFrame:
    """The `sft` dataset: one row a completion, sorted by problem and rank.

    Args:
        chosen: from `select_sft`.
        verifier: its fingerprint.
    """
    told = fetched(ledger, verifier, chosen["completion"])
    rows = _with_problem(ledger, verifier, chosen).join(told, on="completion").sort(_ORDER)
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


def preference_columns(ledger: Ledger, verifier: str, pairs: pl.DataFrame) -> pl.DataFrame:
    """The `preference` dataset: one row a pair, sorted by problem and rank.

    Args:
        pairs: from `select_pairs`.
        verifier: its fingerprint.
    """
    rows = _with_problem(ledger, verifier, pairs)
    for side in ("chosen", "rejected"):
        told = fetched(ledger, verifier, pairs[side]).rename(lambda name, side=side: f"{name}_{side}")  # type: ignore[misc]
        rows = rows.join(told, left_on=side, right_on=f"completion_{side}")
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


def _with_problem(ledger: Ledger, verifier: str, rows: pl.DataFrame) -> pl.LazyFrame:
    told = ledger.scan("problems").filter(pl.col("id").is_in(rows["problem"].unique().implode()))
    problems = told.unique("id", keep="any").select(
        "source_id",
        "reference",
        "metadata",
        problem="id",
        messages=pl.col("prompt").str.json_decode(_MESSAGES),
    )
    counts = group_counts(judged(ledger, verifier))
    return rows.lazy().join(problems, on="problem").join(counts, on="problem")


def _assistant(text: str) -> pl.Expr:
    return pl.struct(role=pl.lit("assistant"), content=pl.col(text))
