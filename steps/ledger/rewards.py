"""The rewards that a ledger holds, as one number a completion."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import reduce
from typing import Any

import polars as pl

from winnow.steps.ledger.schema import SCORED
from winnow.steps.ledger.tables import Tables
from winnow.steps.scoring import Aggregate, Reward, Scoring

_STEPS = pl.col("steps").list
_AGGREGATES: Mapping[Aggregate, pl.Expr] = {
    "last": _STEPS.last(),
    "min": _STEPS.min(),
    "prod": pl.when(_STEPS.len() > 0).then(_STEPS.eval(pl.element().product()).list.first()),
    "mean": _STEPS.mean(),
    "sum": pl.when(_STEPS.len() > 0).then(_STEPS.sum()),  # of nothing it would be 0
}


def latest_rewards(
    tables: Tables, scorers: Collection[str], problems: pl.Series | None = None
) -> pl.LazyFrame:
    """The last reward of these scorers (their fingerprints) on each completion; none that failed.

    `problems` are ids, where not all are wanted: they are sought before anything is sorted.
    """
    told = (pl.col("fingerprint").is_in(list(scorers))) & (pl.col("status") == SCORED)
    if problems is not None:
        told &= pl.col("problem").is_in(problems.implode())
    rows = tables.scan("rewards").filter(told)
    return rows.sort("created_at", "id").unique(
        ["completion", "fingerprint"], keep="last", maintain_order=True
    )


def reward_of(row: Mapping[str, Any]) -> Reward:
    """The reward in a row of `latest_rewards`."""
    steps = row["steps"]
    return Reward(row["reward"], None if steps is None else tuple(steps), row["reason"])


def rewards_of(tables: Tables, scoring: Scoring) -> pl.LazyFrame:
    """One number for each completion that all of the scoring's members have scored.

    A member gives the aggregate of its step scores, or where it scores the whole alone, that. Of several
    the mean (by their weights, where they have some) or the least, or by `majority` the share of them for
    whom none of the problem's is better.

    Columns: completion, reward (null where nothing was there to score, or what became of it is beyond all
    numbers: a product of logits).
    """
    joined = members_of(tables, scoring)
    columns = [pl.col(f"reward{at}") for at in range(len(scoring.members))]
    if len(columns) == 1:
        reward = columns[0]
    elif scoring.combine == "majority":
        best = [(one == one.max().over("problem")).fill_null(False).cast(pl.Float64) for one in columns]
        reward = pl.mean_horizontal(best)
    else:
        known = pl.all_horizontal(one.is_not_null() for one in columns)
        whole = pl.mean_horizontal(columns) if scoring.combine == "mean" else pl.min_horizontal(columns)
        if shares := scoring.shares:
            whole = pl.sum_horizontal(one * share for one, share in zip(columns, shares, strict=True))
        reward = pl.when(known).then(whole)
    return joined.select("completion", reward=pl.when(reward.is_finite()).then(reward))


def members_of(tables: Tables, scoring: Scoring) -> pl.LazyFrame:
    """Of each completion that all of the scoring's members have scored, the number that each gives.

    Columns: completion, problem, reward0, reward1, ... in the order of the members.
    """
    each = [
        _aggregated(latest_rewards(tables, [member.scorer]), member.aggregate).rename(
            {"reward": f"reward{at}"}
        )
        for at, member in enumerate(scoring.members)
    ]
    return reduce(lambda one, other: one.join(other, on=["completion", "problem"]), each)


def _aggregated(rows: pl.LazyFrame, aggregate: Aggregate) -> pl.LazyFrame:
    steps = pl.when(pl.col("steps").is_not_null()).then(_AGGREGATES[aggregate]).otherwise("reward")
    return rows.select("completion", "problem", reward=steps)
