"""The trees that searches grew: a row a step, a row a score, and what a search that goes on knows of both."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from winnow.steps.ledger.rewards import reward_of
from winnow.steps.ledger.schema import SCORED, Row, Sampling
from winnow.steps.ledger.store import Ledger
from winnow.steps.records import Choice, Grown, Problem, Tree, key_of, place_of


def node_row(problem: Problem, one: Grown, sampling: Sampling, run: str, at: int) -> Row:
    choice, parent = one.choice, place_of(problem.id, one.parent)
    return (
        key_of("node", problem.id, sampling.engine, sampling.parameters, parent, one.draw),
        problem.id,
        sampling.engine,
        sampling.parameters,
        parent,
        place_of(problem.id, one.steps),
        len(one.steps),
        one.draw,
        choice.text,
        one.ended,
        choice.finish_reason,
        choice.seed,
        choice.prompt_tokens,
        choice.tokens,
        choice.logprob,
        choice.latency,
        choice.server,
        choice.cost,
        run,
        at,
    )


def trees(
    ledger: Ledger, problems: Sequence[str], sampling: Sampling, scorers: Collection[str]
) -> dict[str, Tree]:
    """What the ledger has of each of these problems' searches. A reward that failed is owed again."""
    wanted = pl.Series(problems, dtype=pl.String).implode()
    nodes = ledger.scan("nodes").filter(
        pl.col("problem").is_in(wanted)
        & (pl.col("engine") == sampling.engine)
        & (pl.col("parameters") == sampling.parameters)
    )
    found: dict[str, Tree] = {}
    paths: dict[tuple[str, str], tuple[str, ...]] = {}
    for row in nodes.sort("depth", "created_at", "draw", "id").collect().iter_rows(named=True):
        problem = row["problem"]
        path = paths.get((problem, row["parent"]), ())
        choice = Choice(
            text=row["text"],
            finish_reason=row["finish_reason"],
            tokens=row["completion_tokens"],
            prompt_tokens=row["prompt_tokens"],
            logprob=row["logprob"],
            seed=row["seed"],
            latency=row["latency"],
            cost=row["cost"],
            server=row["server"],
        )
        paths[problem, row["place"]] = (*path, row["text"])
        found.setdefault(problem, Tree()).add(problem, Grown(path, row["draw"], choice, row["ended"]))
    scored = ledger.scan("node_rewards").filter(
        pl.col("problem").is_in(wanted)
        & pl.col("fingerprint").is_in(list(scorers))
        & (pl.col("status") == SCORED)
    )
    for row in scored.sort("created_at", "id").collect().iter_rows(named=True):
        rewards = found.setdefault(row["problem"], Tree()).rewards
        rewards.setdefault(row["place"], {})[row["fingerprint"]] = reward_of(row)
    return found
