"""How much a ledger holds."""

from __future__ import annotations

import polars as pl

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.resume import spent
from winnow.steps.ledger.view import departed
from winnow.steps.report.verdicts import verdicts_of

FLIPS = "verdicts that changed"
"""Completions that the verifier passed and failed: it is flaky."""


def counts_of(ledger: Ledger, verifier: str) -> dict[str, int | float]:
    """Problems, completions, tokens (prompts included) and cost, what of these judges took, and this
    verifier's verdicts."""
    verdicts = verdicts_of(ledger, verifier)
    gone = _height(departed(ledger))
    paid = spent(ledger)
    return {
        "problems": _height(ledger.scan("problems")) - gone,
        **({"problems that left the source": gone} if gone else {}),
        "completions": _height(ledger.scan("completions")),
        "tokens": paid.tokens,
        **({"tokens of judges": paid.judge_tokens} if paid.judge_tokens else {}),
        **({"cost": round(paid.money, 6)} if paid.money else {}),
        **({"cost of judges": round(paid.judge_money, 6)} if paid.judge_money else {}),
        **dict(sorted(verdicts.statuses.items())),
        **({FLIPS: verdicts.flips} if verdicts.flips else {}),
    }


def _height(rows: pl.LazyFrame) -> int:
    return int(rows.select(pl.len()).collect().item())
