"""How fast completions came, and who of several servers did how much."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.paid import sampled

_ASKED = pl.col("created_at") - pl.duration(microseconds=(pl.col("latency") * 1e6).cast(pl.Int64))
# Of some completions of one run, from the first request to the last answer.
_SECONDS = (pl.col("created_at").max() - _ASKED.min()).dt.total_microseconds() / 1e6


@dataclass(frozen=True, slots=True)
class Share:
    """What one server answered: completions or steps of a search, their tokens, those a second from its first
    request to its last answer (breaks between runs left out; None where nobody told how long a request took),
    and money, where its price is known."""

    server: str
    completions: int
    tokens: int
    rate: float | None
    cost: float | None


def shares_of(ledger: Ledger) -> list[Share]:
    """A share for each server, the largest first; none where the engine was a single one."""
    return _shares(sampled(ledger).filter(pl.col("server").is_not_null()))


def servers_of(ledger: Ledger) -> list[Share]:
    """As `shares_of`; a single engine goes by the name of its model."""
    return _shares(sampled(ledger).with_columns(pl.coalesce("server", "model").fill_null("")))


def _shares(rows: pl.LazyFrame) -> list[Share]:
    runs = rows.group_by("server", "run").agg(
        completions=pl.len(),
        tokens=pl.col("completion_tokens").sum(),
        seconds=_SECONDS,
        timed=(pl.col("latency") > 0).any(),
        cost=pl.when(pl.col("cost").is_not_null().any()).then(pl.col("cost").sum()),
    )
    told = runs.group_by("server").agg(
        pl.col("completions").sum(),
        pl.col("tokens").sum(),
        rate=pl.when(pl.col("timed").any()).then(
            pl.col("tokens").filter("timed").sum()
            / pl.col("seconds").filter("timed").sum().clip(lower_bound=1e-6)
        ),
        cost=pl.when(pl.col("cost").is_not_null().any()).then(pl.col("cost").sum()),
    )
    ordered = told.sort(["tokens", "server"], descending=[True, False]).collect()
    return [Share(**row) for row in ordered.iter_rows(named=True)]


def rate_of(ledger: Ledger) -> float:
    """Tokens of completions a second, while there were requests; 0 where there were none."""
    runs = sampled(ledger).group_by("run").agg(pl.col("completion_tokens").sum(), seconds=_SECONDS)
    tokens, seconds = runs.select(pl.all().exclude("run").sum()).collect().row(0)
    return float(tokens) / float(seconds) if seconds else 0.0
