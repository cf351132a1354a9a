"""Who of several servers did how much."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from winnow.steps.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Share:
    """What one server answered: completions, their tokens, those a second from its first request to its last
    answer (breaks between runs left out), and money, where its price is known."""

    server: str
    completions: int
    tokens: int
    rate: float
    cost: float | None


def shares_of(ledger: Ledger) -> list[Share]:
    """A share for each server, the largest first; none where the engine was a single one."""
    rows = ledger.scan("completions").filter(pl.col("server").is_not_null())
    asked = pl.col("created_at") - pl.duration(microseconds=(pl.col("latency") * 1e6).cast(pl.Int64))
    runs = rows.group_by("server", "run").agg(
        completions=pl.len(),
        tokens=pl.col("completion_tokens").sum(),
        seconds=(pl.col("created_at").max() - asked.min()).dt.total_microseconds() / 1e6,
        cost=pl.when(pl.col("cost").is_not_null().any()).then(pl.col("cost").sum()),
    )
    told = runs.group_by("server").agg(
        pl.col("completions").sum(),
        pl.col("tokens").sum(),
        rate=pl.col("tokens").sum() / pl.col("seconds").sum().clip(lower_bound=1e-6),
        cost=pl.when(pl.col("cost").is_not_null().any()).then(pl.col("cost").sum()),
    )
    return [Share(**row) for row in told.sort("tokens", descending=True).collect().iter_rows(named=True)]
