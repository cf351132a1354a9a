"""What the columns of every kind of dataset have in common: where a row comes from.

Each dataset has one trainer's columns and no other's; the rest is provenance under names no trainer reads.
"""

from __future__ import annotations

import json

import polars as pl

from winnow.steps.build.config import SplitsConfig
from winnow.steps.ledger.tables import Tables
from winnow.steps.ledger.view import MESSAGES, as_told_last
from winnow.steps.records import key_of
from winnow.steps.select.config import KindConfig, PreferenceConfig, TrustingConfig
from winnow.steps.select.reviews import WHO
from winnow.steps.select.said import shown_length

_SYSTEMS = ("system", "developer")
_PROBLEM = ("asked", "source_id", "reference", "metadata", "n", "n_pass")
_SAMPLE = ("verifier", "verifier_version", "model", "sampling")


def problems_of(ledger: Tables, counts: pl.LazyFrame, splits: SplitsConfig) -> pl.LazyFrame:
    """The problems that were judged, each with its `messages`, the key of what it asks (`asked`), its
    `split`, and how many of its `n` completions passed (`n_pass`)."""
    problems = as_told_last(ledger.scan("problems")).select(
        "source_id",
        "reference",
        "metadata",
        problem="id",
        messages=pl.col("prompt").str.json_decode(MESSAGES),
        asked=pl.col("prompt").map_elements(asked_of, return_dtype=pl.String),
        split=pl.col("prompt").map_elements(splits.of, return_dtype=pl.String),
    )
    return problems.join(counts, on="problem")


def asked_of(prompt: str) -> str:
    """The key of what a prompt (its JSON) asks, whatever system prompt and white space it is put in.

    >>> one = '[{"role":"system","content":"Be brief."},{"role":"user","content":"1 + 1?"}]'
    >>> asked_of(one) == asked_of('[{"role":"user","content":" 1 +  1?"}]')
    True
    """
    turns = (turn for turn in json.loads(prompt) if turn["role"] not in _SYSTEMS)
    return key_of(*(part for turn in turns for part in (turn["role"], " ".join(turn["content"].split()))))


def of_completions(selected: pl.DataFrame, problems: pl.LazyFrame, told: pl.LazyFrame) -> pl.LazyFrame:
    """Selected completions with all that is known of them and their problems, in the order of a dataset.

    `score` is that of the selection, which may trust other things than the verdict.
    """
    known = told.drop([name for name in ("score",) if name in selected.columns])
    return _in_order(selected.lazy().join(problems, on="problem").join(known, on="completion"))


def of_pairs(selected: pl.DataFrame, problems: pl.LazyFrame, told: pl.LazyFrame) -> pl.LazyFrame:
    """Selected pairs with all that is known of both sides, by the suffixes `_chosen` and `_rejected`."""
    rows = selected.lazy().join(problems, on="problem")
    for side in ("chosen", "rejected"):
        known = told.drop("score").select(pl.all().name.suffix(f"_{side}"))
        rows = rows.join(known, left_on=side, right_on=f"completion_{side}")
    return _in_order(rows)


def of_problems(selected: pl.DataFrame, problems: pl.LazyFrame) -> pl.LazyFrame:
    """Selected problems with all that is known of them, in the order of a dataset."""
    return _in_order(selected.lazy().join(problems, on="problem"))


def completion_provenance(config: KindConfig, selected: pl.DataFrame) -> dict[str, pl.Expr]:
    """What a row with one completion tells of it, beside what a trainer reads; where reviews count, who
    decided."""
    return {
        "id": pl.col("completion"),
        "verdict": pl.col("status"),
        **_same("score", "reward", "extracted"),
        **_same(*(name for name in WHO if name in selected.columns)),
        **problem_provenance(config),
        **_same(*_SAMPLE, "seed", "index", "tokens"),
        "length": shown_length(config.messages),
    }


def pair_provenance(config: PreferenceConfig, selected: pl.DataFrame) -> dict[str, pl.Expr]:
    """What a row with a pair tells of it, beside what a trainer reads, and what its rule told."""
    sides = ("chosen", "rejected")
    both = [f"{name}_{side}" for name in ("score", "reward") for side in sides]
    lengths = {f"length_{side}": shown_length(config.messages, f"_{side}") for side in sides}
    fixed = {"problem", "place", "chosen", "rejected", "margin", *both, *lengths}
    return {
        "id": pl.concat_str("chosen", pl.lit("-"), "rejected"),
        "verdict_chosen": pl.col("status_chosen"),
        "verdict_rejected": pl.col("status_rejected"),
        **_same(*both),
        **lengths,
        "reason_rejected": pl.col("reason_rejected"),
        "rule": pl.lit(config.rule),
        **_same(*(name for name in selected.columns if name not in fixed)),
        **problem_provenance(config),
        **{name: pl.col(f"{name}_chosen") for name in _SAMPLE},
    }


def problem_provenance(config: KindConfig) -> dict[str, pl.Expr]:
    """What a row tells of its problem, and by what it was said to be right."""
    trust = {"trust": pl.lit(config.trust)} if isinstance(config, TrustingConfig) else {}
    return {**trust, "problem_id": pl.col("problem"), **_same(*_PROBLEM)}


def _same(*names: str) -> dict[str, pl.Expr]:
    return {name: pl.col(name) for name in names}


def _in_order(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.sort("source_id", "problem", "place")
