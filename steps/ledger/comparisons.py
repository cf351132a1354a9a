"""What judges said of two texts of a problem: a row each, in the order in which these were shown."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from winnow.steps.ledger.clock import now
from winnow.steps.ledger.schema import SCORED, Row
from winnow.steps.ledger.tables import Tables
from winnow.steps.records import clean_text, key_of
from winnow.steps.scoring import Comparison
from winnow.steps.secrets import redact


def comparison_row(
    problem: str, places: tuple[str, str], comparison: Comparison, fingerprint: str, run: str
) -> Row:
    """A comparison of two texts by their digests, the one that was shown first first."""
    reason = clean_text(redact(comparison.reason))
    status = "error" if comparison.failed else SCORED
    return (
        key_of("comparison", problem, *places, fingerprint, status, comparison.score, reason),
        problem,
        *places,
        fingerprint,
        status,
        comparison.score,
        reason,
        run,
        now(),
    )


def comparisons_of(
    tables: Tables, problems: Sequence[str], fingerprints: Collection[str]
) -> dict[str, dict[str, dict[tuple[str, str], Comparison]]]:
    """What these judges said of texts of these problems: by problem, judge and the digests of the two texts.
    The last word counts; a failed one is left out, so that it is asked for again."""
    rows = tables.scan("comparisons").filter(
        pl.col("problem").is_in(pl.Series(problems, dtype=pl.String).implode())
        & pl.col("fingerprint").is_in(list(fingerprints))
        & (pl.col("status") == SCORED)
    )
    found: dict[str, dict[str, dict[tuple[str, str], Comparison]]] = {}
    for row in rows.sort("created_at", "id").collect().iter_rows(named=True):
        by = found.setdefault(row["problem"], {}).setdefault(row["fingerprint"], {})
        by[row["first"], row["second"]] = Comparison(row["score"], row["reason"])
    return found
