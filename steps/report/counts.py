"""How much a ledger holds."""

from __future__ import annotations

import polars as pl

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.resume import spent
from winnow.steps.ledger.view import departed, latest_verdicts


def counts_of(ledger: Ledger, verifier: str) -> dict[str, int | float]:
    """Problems, completions, their tokens (prompts included) and cost, and this verifier's verdicts."""
    statuses = latest_verdicts(ledger, verifier).group_by("status").len().sort("status").collect()
    gone = _height(departed(ledger))
    paid = spent(ledger)
    return {
        "problems": _height(ledger.scan("problems")) - gone,
        **({"problems that left the source": gone} if gone else {}),
        "completions": _height(ledger.scan("completions")),
        "tokens": paid.tokens,
        **({"cost": round(paid.money, 6)} if paid.money else {}),
        **dict(statuses.iter_rows()),
    }


def _height(rows: pl.LazyFrame) -> int:
    return int(rows.select(pl.len()).collect().item())
