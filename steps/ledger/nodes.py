"""The trees that searches grew: a row a step, a row a score, and what a search that goes on knows of both.

A text's place is the hash of its steps, so what is said the same is in one place, however it was drawn.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import polars as pl

from winnow.steps.ledger.rewards import reward_of
from winnow.steps.ledger.schema import SCORED, Row, Sampling
from winnow.steps.ledger.store import Ledger
from winnow.steps.records import Choice, Problem, key_of
from winnow.steps.scoring import Reward

GREEDY = -1
"""The draw of a step that was the likeliest one."""


@dataclass(frozen=True, slots=True)
class Grown:
    """One further step, as it was answered; `choice.text` is the step itself."""

    parent: tuple[str, ...]
    draw: int
    choice: Choice
    ended: bool

    @property
    def steps(self) -> tuple[str, ...]:
        return (*self.parent, self.choice.text)


@dataclass(slots=True)
class Tree:
    """What is known of a problem's search: its steps by the place of their parent and their draw, by their
    own place what was answered first, and each place's rewards by the fingerprint of their scorer."""

    grown: dict[tuple[str, int], Grown] = field(default_factory=dict)
    at: dict[str, Grown] = field(default_factory=dict)
    rewards: dict[str, dict[str, Reward]] = field(default_factory=dict)

    def add(self, problem: str, one: Grown) -> None:
        self.grown[place_of(problem, one.parent), one.draw] = one
        self.at.setdefault(place_of(problem, one.steps), one)


def place_of(problem: str, steps: Sequence[str]) -> str:
    """The place of a text in a problem's tree."""
    return key_of("place", problem, *steps)


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
