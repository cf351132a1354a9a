"""Pairs of next steps after one beginning, and those that labels of reasoning steps make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import polars as pl

from winnow.steps.ledger.rollouts import prefix_key
from winnow.steps.records import key_of
from winnow.steps.select.candidates import usable, usable_reads
from winnow.steps.select.config import StepPreferenceConfig
from winnow.steps.select.process import READS
from winnow.steps.select.reasoning import prefixes, reasoning_steps
from winnow.steps.select.reviews import of_reviewed

Steps = tuple[str, ...]
POOL = 64
"""Of each side of a problem so many are looked at, the first ones."""


class StepPair(NamedTuple):
    """After `prefix`, as it was written, one step to prefer to another; scores where there are some. `order`
    tells which of a problem's pairs come first, the least."""

    problem: str
    order: tuple[float | str, ...]
    sampling: str
    prefix: str
    step_chosen: str
    step_rejected: str
    score_chosen: float | None = None
    score_rejected: float | None = None
    of: str | None = None
    """The completion whose step was rejected, where it is one's."""


_SCHEMA = {
    "problem": pl.String,
    "place": pl.Int64,
    "id": pl.String,
    "sampling": pl.String,
    "prefix": pl.String,
    "step_chosen": pl.String,
    "step_rejected": pl.String,
    "length_chosen": pl.Int64,
    "length_rejected": pl.Int64,
    "score_chosen": pl.Float64,
    "score_rejected": pl.Float64,
    "margin": pl.Float64,
    "completion_rejected": pl.String,
}


def step_pair_reads(config: StepPreferenceConfig) -> frozenset[str]:
    """The columns of `FURTHER` that finding pairs takes."""
    return usable_reads(config.messages) | READS


def frame_of(pairs: Iterable[StepPair]) -> pl.LazyFrame:
    """Pairs as a table, in the order of each problem, with their `place` in it."""
    rows = []
    place, last = 0, ""
    for one in sorted(pairs, key=lambda one: (one.problem, one.order)):
        place, last = place + 1 if one.problem == last else 0, one.problem
        scores = (one.score_chosen, one.score_rejected)
        margin = None if None in scores else round((scores[0] or 0.0) - (scores[1] or 0.0), 9)
        said = (one.prefix, one.step_chosen, one.step_rejected)
        key = key_of("steps", one.problem, *said)
        lengths = (len(one.step_chosen), len(one.step_rejected))
        rows.append((one.problem, place, key, one.sampling, *said, *lengths, *scores, margin, one.of))
    return pl.LazyFrame(rows, schema=_SCHEMA, orient="row")


def select_step_pairs(pairs: pl.LazyFrame, config: StepPreferenceConfig) -> pl.DataFrame:
    """The first `per_problem` pairs of each problem; the columns of `frame_of`."""
    ordered = pairs.sort("problem", "place").with_columns(place=pl.int_range(pl.len()).over("problem"))
    return ordered.filter(pl.col("place") < config.per_problem).collect()


def pairs_by_labels(
    candidates: pl.LazyFrame, passed: Mapping[str, Sequence[str]], config: StepPreferenceConfig
) -> Iterator[StepPair]:
    """Of each answer that failed its first bad step, against one that led from there to a right end.

    Which step that is rollouts tell, or answers that passed: who left the way of one of these with his last
    step, left it there (see `select_stepwise`). A good one is the next step of a rollout that passed, or of
    an answer that did and begins the same. A step that is found good and bad is in no pair; several bad ones
    after one beginning have good ones in turn.

    Args:
        candidates: as `judged` gives them, with `step_pair_reads`; or as `labelled` does.
        passed: the texts of rollouts that passed, as `passed` in `winnow.steps.ledger.rollouts` has them.
    """
    if "labels" not in candidates.collect_schema().names():
        candidates = candidates.with_columns(labels=pl.lit(None, pl.List(pl.Boolean)))
    known, first = of_reviewed(candidates), pl.int_range(pl.len()).over("problem") < POOL
    # What cleaning dropped is shown to nobody, but a right way all the same.
    right = [usable(known, "pass", config.messages, dropped=one).filter(first) for one in (False, True)]
    wrong = usable(known, "fail", config.messages).filter(first)
    rows = pl.concat([*right, wrong]).sort("problem", "index", "completion").collect()
    for problem, told in groupby(rows.iter_rows(named=True), key=itemgetter("problem")):
        yield from _of_problem(problem, list(told), passed)


def _of_problem(
    problem: str, told: Sequence[Mapping[str, Any]], passed: Mapping[str, Sequence[str]]
) -> Iterator[StepPair]:
    way, wrong = _Way(), [row for row in told if row["status"] == "fail"]
    for row in told:
        if row["status"] == "pass":
            way.take(reasoning_steps(row["text"]), shown=not row["dropped"])
    for row in wrong:
        steps = reasoning_steps(row["text"])
        for count, prefix in enumerate(prefixes(row["text"]), 1):
            for text in passed.get(prefix_key(problem, row["sampling"], prefix), ()):
                led = reasoning_steps(prefix + text)
                if led[:count] == steps[:count]:  # it goes on with a step of its own
                    way.take(led, shown=True)
    given: dict[Steps, int] = {}
    seen: set[Steps] = set()
    for row in wrong:
        steps = reasoning_steps(row["text"])
        at = _first_bad(steps, row["labels"], way)
        if at is None or steps[: at + 1] in seen:
            continue
        seen.add(steps[: at + 1])
        after = way.after(steps[:at])
        good = [step for step, to in after.items() if to.shown]
        if not good or steps[at] in after:
            continue
        turn = given.get(steps[:at], 0)
        given[steps[:at]] = turn + 1
        prefix, chosen = ("", *prefixes(row["text"]))[at], good[turn % len(good)]
        order = (row["index"], row["completion"])
        yield StepPair(problem, order, row["sampling"], prefix, chosen, steps[at], of=row["completion"])


@dataclass(slots=True)
class _Way:
    """What passed, as a tree: from each step to those that follow it. What cleaning dropped is not shown."""

    then: dict[str, _Way] = field(default_factory=dict)
    shown: bool = False

    def take(self, steps: Steps, *, shown: bool) -> None:
        """Add what passed."""
        way = self
        for step in steps:
            way = way.then.setdefault(step, _Way())
            way.shown = way.shown or shown

    def after(self, steps: Steps) -> dict[str, _Way]:
        """What follows these steps."""
        way = self
        for step in steps:
            if step not in way.then:
                return {}
            way = way.then[step]
        return way.then


def _first_bad(steps: Steps, labels: Sequence[bool] | None, way: _Way) -> int | None:
    """The place of the first bad step of an answer that failed; None where nobody knows it."""
    if labels is not None:
        return labels.index(False) if False in labels else None
    after = way.after(steps[:-1])
    return len(steps) - 1 if after and steps[-1] not in after else None
