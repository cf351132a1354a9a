"""How often a verifier said what, and how often it changed its mind: counted part by part."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.parts import cut, parts_of
from winnow.steps.ledger.view import flipped, latest_verdicts

_COLUMNS = ("id", "completion", "problem", "fingerprint", "status", "created_at")


@dataclass(slots=True)
class Verdicts:
    """The last verdict on each completion, by status; `flips` are completions that passed and failed."""

    statuses: Counter[str] = field(default_factory=Counter)
    flips: int = 0


def verdicts_of(ledger: Ledger, verifier: str) -> Verdicts:
    """The verdicts of this verifier (its fingerprint)."""
    found = Verdicts()
    with tempfile.TemporaryDirectory(prefix="winnow-verdicts-") as folder:
        parts = parts_of(ledger, Path(folder))
        ours = pl.col("fingerprint") == verifier
        cut(ledger, "verdicts", parts, keep=ours, columns=[pl.col(name) for name in _COLUMNS])
        for part in parts:
            told = latest_verdicts(part, verifier).group_by("status").len().collect()
            found.statuses.update(dict(told.iter_rows()))
            found.flips += flipped(part, verifier).collect().height
    return found
