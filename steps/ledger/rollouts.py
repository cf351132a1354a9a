"""The rollouts that a ledger holds: texts for a run that goes on, verdicts for labels."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from winnow.steps.ledger.clock import now
from winnow.steps.ledger.schema import Row, Sampling
from winnow.steps.ledger.store import Ledger
from winnow.steps.ledger.tables import Tables
from winnow.steps.records import Choice, Rollout, key_of
from winnow.verifiers.verdict import Status

_ORDER = ("created_at", "id")


def rollouts_of(
    ledger: Ledger, problems: Sequence[str], sampling: Sampling, verifier: str
) -> dict[str, dict[str, dict[int, Rollout]]]:
    """The rollouts of each of these problems, by prefix and index, with this verifier's status where it
    judged them. Of texts that two writers made, the first counts."""
    wanted = pl.Series(problems, dtype=pl.String).implode()
    rows = ledger.scan("rollouts").filter(
        pl.col("problem").is_in(wanted)
        & (pl.col("engine") == sampling.engine)
        & (pl.col("parameters") == sampling.parameters)
    )
    texts = rows.sort(*_ORDER).unique("rollout", keep="first", maintain_order=True).drop("status")
    every = texts.join(verdicts_on(rows, verifier).select("rollout", "status"), on="rollout", how="left")
    found: dict[str, dict[str, dict[int, Rollout]]] = {}
    for row in every.collect().iter_rows(named=True):
        choice = Choice(
            text=row["text"],
            finish_reason=row["finish_reason"],
            tokens=row["completion_tokens"],
            prompt_tokens=row["prompt_tokens"],
            seed=row["seed"],
            latency=row["latency"],
            cost=row["cost"],
        )
        status = Status(row["status"]) if row["status"] else None
        found.setdefault(row["problem"], {}).setdefault(row["prefix"], {})[row["index"]] = Rollout(
            choice, status
        )
    return found


def verdicts_on(rollouts: pl.LazyFrame, verifier: str) -> pl.LazyFrame:
    """Of these rows the last by this verifier on each rollout; an error is none."""
    judged = rollouts.filter((pl.col("verifier") == verifier) & (pl.col("status") != Status.ERROR))
    return judged.sort(*_ORDER).unique("rollout", keep="last", maintain_order=True)


def statuses(tables: Tables, verifier: str) -> dict[str, dict[int, Status]]:
    """What this verifier says of all rollouts, by prefix and index."""
    rows = verdicts_on(tables.scan("rollouts"), verifier).select("prefix", "index", "status").collect()
    found: dict[str, dict[int, Status]] = {}
    for prefix, index, status in rows.iter_rows():
        found.setdefault(prefix, {})[index] = Status(status)
    return found


def passed(tables: Tables, verifier: str) -> dict[str, tuple[str, ...]]:
    """The texts of all rollouts that passed, by what they go on from, in their order."""
    rows = verdicts_on(tables.scan("rollouts"), verifier).filter(pl.col("status") == Status.PASS)
    found: dict[str, tuple[str, ...]] = {}
    for prefix, text in rows.sort("prefix", "index").select("prefix", "text").collect().iter_rows():
        found[prefix] = (*found.get(prefix, ()), text)
    return found


def prefix_key(problem: str, told: str, prefix: str) -> str:
    """The key of what rollouts go on from: a problem, how it was asked (the sampling parameters as JSON), and
    the beginning of an answer. Answers that begin alike share their rollouts."""
    return key_of("prefix", problem, told, prefix)


def rollout_row(
    problem: str,
    prefix: str,
    index: int,
    choice: Choice,
    judged: tuple[str, str],
    sampling: Sampling,
    run: str,
) -> Row:
    """A rollout, judged by a verifier (its fingerprint) with this status."""
    rollout = key_of("rollout", prefix, sampling.engine, sampling.parameters, index)
    return (
        key_of(rollout, *judged),
        rollout,
        problem,
        prefix,
        index,
        sampling.engine,
        sampling.parameters,
        choice.text,
        choice.finish_reason,
        *judged,
        choice.seed,
        choice.prompt_tokens,
        choice.tokens,
        choice.latency,
        choice.cost,
        run,
        now(),
    )
