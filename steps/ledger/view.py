"""What counts in a ledger: the latest verdict of each completion, the problems that the source still has."""

from __future__ import annotations

import polars as pl

from winnow.steps.ledger.store import Ledger

LEFT, BACK = "left_source", "back_in_source"
"""Kinds of events: a problem is not in the source any more, or again."""


def latest_verdicts(ledger: Ledger, verifier: str) -> pl.LazyFrame:
    """The last verdict of this verifier (its fingerprint) on each completion.

    A completion is judged again where the first verdict was an error, or where somebody asked for it.
    """
    return _last(ledger.scan("verdicts").filter(pl.col("fingerprint") == verifier))


def last_verdicts(ledger: Ledger) -> pl.LazyFrame:
    """The last verdict on each completion, whoever judged."""
    return _last(ledger.scan("verdicts"))


def flipped(ledger: Ledger, verifier: str) -> pl.LazyFrame:
    """Ids (column `completion`) of what this verifier passed one time and failed another: it is flaky.

    They prove nothing, and no dataset has them.
    """
    verdicts = ledger.scan("verdicts").filter(pl.col("fingerprint") == verifier)
    proven = verdicts.filter(pl.col("status").is_in(["pass", "fail"]))
    ways = proven.group_by("completion").agg(pl.col("status").n_unique())
    return ways.filter(pl.col("status") > 1).select("completion")


def _last(verdicts: pl.LazyFrame) -> pl.LazyFrame:
    return verdicts.sort("created_at", maintain_order=True).unique(
        "completion", keep="last", maintain_order=True
    )


def departed(ledger: Ledger) -> pl.LazyFrame:
    """Ids (column `problem`) of what the ledger holds and the source does not: removed, or mended since.

    A mended reference makes another problem; what was judged by the old one must not be built from.
    """
    events = ledger.scan("events").filter(pl.col("kind").is_in([LEFT, BACK]))
    last = events.sort("created_at", maintain_order=True).unique("subject", keep="last", maintain_order=True)
    return last.filter(pl.col("kind") == LEFT).select(problem="subject")
