"""How much a ledger holds."""

from __future__ import annotations

import polars as pl

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.resume import spent_tokens
from winnow.steps.ledger.view import departed, latest_verdicts


def counts_of(ledger: Ledger, verifier: str) -> dict[str, int]:
    """Problems, completions, tokens (prompts included), and this verifier's verdicts by status."""
    statuses = latest_verdicts(ledger, verifier).group_by("status").len().sort("status").collect()
    gone = _height(departed(ledger))
    return {
        "problems": _height(ledger.scan("problems")) - gone,
        **({"problems that left the source": gone} if gone else {}),
        "completions": _height(ledger.scan("completions")),
        "tokens": spent_tokens(ledger),
        **dict(statuses.iter_rows()),
    }


def _height(rows: pl.LazyFrame) -> int:
    return int(rows.select(pl.len()).collect().item())
