"""What one verifier has judged, part by part: more than memory holds can be chosen from, and counted."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import polars as pl

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.parts import PART_ROWS, Part, cut, parts_of
from winnow.steps.ledger.view import COMES_AND_GOES
from winnow.steps.scoring import Scoring
from winnow.steps.select.candidates import candidate_columns, judged_of

_CANDIDATES = "candidates"


def judged_parts(
    ledger: Ledger,
    verifier: str,
    folder: Path,
    reads: Collection[str] = (),
    *,
    scoring: Scoring | None = None,
    columns: Collection[str] | None = None,
    rows: int = PART_ROWS,
) -> list[Part]:
    """The ledger in parts, each with its problems, their candidates, this verifier's verdicts, and those
    rewards that count by `scoring`.

    Args:
        folder: for the parts' files; they are the caller's to remove.
        reads: columns beside those that `judged` always has.
        columns: of the problems, where not all are needed.
        rows: about how many candidates a part has.
    """
    parts = parts_of(ledger, folder, rows)
    wanted = [pl.col(name) for name in columns] if columns else [pl.all()]
    cut(ledger, "problems", parts, columns=wanted)
    cut(ledger, "completions", parts, columns=candidate_columns(reads), name=_CANDIDATES)
    cut(ledger, "verdicts", parts, keep=pl.col("fingerprint") == verifier)
    if scoring is not None:
        scorers = [member.scorer for member in scoring.members]
        cut(ledger, "rewards", parts, keep=pl.col("fingerprint").is_in(scorers))
    cut(ledger, "events", parts, keep=pl.col("kind").is_in(COMES_AND_GOES))
    return parts


def judged_in(
    part: Part, verifier: str, reads: Collection[str] = (), scoring: Scoring | None = None
) -> pl.LazyFrame:
    """As `judged`, of a part."""
    return judged_of(part.scan(_CANDIDATES), part, verifier, reads, scoring)
