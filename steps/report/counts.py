"""How much a ledger holds."""

from __future__ import annotations

import polars as pl

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.resume import spent_tokens


def counts_of(ledger: Ledger, verifier: str) -> dict[str, int]:
    """Problems, completions, tokens (prompts included), and this verifier's verdicts by status."""
    verdicts = ledger.scan("verdicts").filter(pl.col("fingerprint") == verifier)
    statuses = verdicts.group_by("status").len().sort("status").collect()
    return {
        "problems": _height(ledger, "problems"),
        "completions": _height(ledger, "completions"),
        "tokens": spent_tokens(ledger),
        **dict(statuses.iter_rows()),
    }


def _height(ledger: Ledger, table: str) -> int:
    return int(ledger.scan(table).select(pl.len()).collect().item())
