"""What counts in a ledger: the latest verdict of each completion, the problems that the source still has."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from winnow.steps.ledger.tables import Tables
from winnow.steps.records import CUT_OFF

LEFT, BACK = "left_source", "back_in_source"
"""Kinds of events: a problem is not in the source any more, or again."""
COMES_AND_GOES = (LEFT, BACK)
MESSAGES = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))
"""What the JSON of a prompt is."""
ALL = "all"
"""The family of a problem that names none."""
FINISHED = ~pl.col("finish_reason").is_in(CUT_OFF)
"""Of completions those that were not cut off, by whatever."""


def latest_verdicts(ledger: Tables, verifier: str) -> pl.LazyFrame:
    """The last verdict of this verifier (its fingerprint) on each completion.

    A completion is judged again where the first verdict was an error, or where somebody asked for it.
    """
    return last_of(ledger.scan("verdicts").filter(pl.col("fingerprint") == verifier))


def last_verdicts(ledger: Tables) -> pl.LazyFrame:
    """The last verdict on each completion, whoever judged."""
    return last_of(ledger.scan("verdicts"))


def last_of(verdicts: pl.LazyFrame) -> pl.LazyFrame:
    """Of these verdicts the last on each completion."""
    return verdicts.sort("created_at", "id").unique("completion", keep="last", maintain_order=True)


def flipped(ledger: Tables, verifier: str) -> pl.LazyFrame:
    """Ids (column `completion`) of what this verifier passed one time and failed another: it is flaky.

    They prove nothing, and no dataset has them.
    """
    return _changed(ledger.scan("verdicts").filter(pl.col("fingerprint") == verifier))


def unchanged(verdicts: pl.LazyFrame) -> pl.LazyFrame:
    """Of one verifier's verdicts those on completions of which it did not change its mind."""
    return verdicts.join(_changed(verdicts), on="completion", how="anti")


def _changed(verdicts: pl.LazyFrame) -> pl.LazyFrame:
    proven = verdicts.filter(pl.col("status").is_in(["pass", "fail"]))
    ways = proven.group_by("completion").agg(pl.col("status").n_unique())
    return ways.filter(pl.col("status") > 1).select("completion")


def as_told_last(problems: pl.LazyFrame) -> pl.LazyFrame:
    """Each problem once: its key is of prompt and reference, and what is told beside them may have changed.

    Of its columns `source_id`, `metadata` and `created_at` are needed.
    """
    return problems.sort("created_at", "source_id", "metadata").unique("id", keep="last")


def departed(ledger: Tables) -> pl.LazyFrame:
    """Ids (column `problem`) of what the ledger holds and the source does not: removed, or mended since.

    A mended reference makes another problem; what was judged by the old one must not be built from.
    """
    events = ledger.scan("events").filter(pl.col("kind").is_in(COMES_AND_GOES))
    last = events.sort("created_at", "id").unique("subject", keep="last", maintain_order=True)
    return last.filter(pl.col("kind") == LEFT).select(problem="subject")


def last_reviews(ledger: Tables) -> pl.LazyFrame:
    """The last that each person said of each subject, in any status."""
    ordered = ledger.scan("reviews").sort("reviewed_at", "created_at", "id")
    return ordered.unique(["subject", "person"], keep="last", maintain_order=True)


def newest(ledger: Tables, *, reviews: bool = False) -> datetime | None:
    """The time of the newest row that a build reads, with or without reviews; None where there is none."""
    read = ("problems", "completions", "verdicts", "rewards", "rollouts", *(["reviews"] if reviews else []))
    tables = [ledger.scan(table) for table in read]
    tables.append(ledger.scan("events").filter(pl.col("kind").is_in(COMES_AND_GOES)))
    found = [table.select(pl.col("created_at").max()).collect().item() for table in tables]
    return max((at for at in found if at is not None), default=None)


def family_of(metadata: str = "metadata") -> pl.Expr:
    """Column `family`: what a problem's metadata (a column of JSON text) says of it, or `all`."""
    return pl.col(metadata).str.json_path_match("$.family").fill_null(ALL).alias("family")
