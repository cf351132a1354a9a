"""A run's report: everything that its ledger and its last build tell, as the models have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from winnow.steps.build.reading import Built
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.parts import PART_ROWS
from winnow.steps.report.agreement import Agreement
from winnow.steps.report.audit import audit_of
from winnow.steps.report.choosing import chosen_curves
from winnow.steps.report.curves import pass_curve, points, rounded, solved_curve
from winnow.steps.report.families import FAMILY, by_column
from winnow.steps.report.histograms import difficulties, first_passes, lengths_of
from winnow.steps.report.law import backtest, law_of
from winnow.steps.report.model import Counts, Curves, Kept, RunReport, Server, Spend
from winnow.steps.report.outcomes import Outcomes, outcomes_of
from winnow.steps.report.servers import servers_of
from winnow.steps.report.tries import Tries
from winnow.steps.scoring import Scoring

_NO_FIGURES = ("rows", "problems")  # told elsewhere


@dataclass(frozen=True, slots=True)
class Told:
    """What a report says of a run beside its ledger: by whom it was judged, and what lies in its folder.

    `fixed` tells whether each problem is asked equally often, whatever passed; `scoring` whose rewards count,
    `people` how far they agree with the verdicts; `by` are columns of the problems' metadata, beside
    `family`.
    """

    name: str
    verifier: str
    version: str
    fingerprint: str
    fixed: bool = True
    scoring: Scoring | None = None
    people: Agreement | None = None
    built: Built | None = None
    by: Sequence[str] = ()
    recipe: str = ""
    manifest: str = ""


def report_of(ledger: Ledger, told: Told, *, part_rows: int = PART_ROWS) -> RunReport:
    """The report of one run. The same ledger and build give the same report.

    Raises:
        UsageError: a name of `by` is none that a column can have.
    """
    found = outcomes_of(ledger, told.fingerprint, told.scoring, part_rows=part_rows)
    tries = Tries.of(found.problems["passed"])
    most = tries.usual if told.fixed else tries.least
    counted = tries if told.fixed else tries.head(most)
    rows = _kept_rows(told.built)
    counts = _counts(found, tries)
    columns = dict.fromkeys([FAMILY, *told.by])
    return RunReport(
        name=told.name,
        models=list(found.models),
        parameters=list(found.parameters),
        counts=counts,
        curves=_curves(found, tries, counted, most)
        if found.decided
        else Curves(pass_at_k=[], solved_by_k=[]),
        spend=_spend(found, tries) if found.decided else [],
        first_pass=first_passes(tries.first()) if found.decided else [],
        difficulty=difficulties(tries) if found.decided else [],
        lengths=lengths_of(found.lengths),
        families={
            column: by_column(found.problems, column, most, rows, decided=found.decided, fixed=told.fixed)
            for column in columns
        },
        kept=_kept(told.built, counts),
        servers=[
            Server(
                name=one.server,
                completions=one.completions,
                tokens=one.tokens,
                rate=None if one.rate is None else rounded(one.rate),
                cost=None if one.cost is None else rounded(one.cost),
            )
            for one in servers_of(ledger)
        ],
        audit=audit_of(ledger, told.verifier, told.version, told.fingerprint, found.rewards, told.people),
        recipe=told.recipe,
        manifest=told.manifest,
    )


def _counts(found: Outcomes, tries: Tries) -> Counts:
    sums = found.problems.select(pl.exclude("problem", "source_id", "metadata", "passed").sum()).row(
        0, named=True
    )
    costs = found.problems["cost"].drop_nulls()
    cost = float(costs.sum()) if len(costs) else None
    judged = found.problems["judge_cost"].drop_nulls()
    solved = int((tries.first() > 0).sum())
    tokens = int(sums["prompt_tokens"]) + int(sums["completion_tokens"])
    return Counts(
        problems=found.problems.height,
        solved=solved,
        completions=int(sums["completions"]),
        distinct=int(sums["distinct"]),
        prompt_tokens=int(sums["prompt_tokens"]),
        completion_tokens=int(sums["completion_tokens"]),
        cost=None if cost is None else rounded(cost),
        judge_tokens=int(sums["judge_tokens"]),
        judge_cost=rounded(float(judged.sum())) if len(judged) else None,
        statuses=dict(sorted(found.statuses.items())),
        truncated=int(sums["truncated"]),
        failed=found.failed,
        flips=found.flips,
        tokens_per_solved=_each(tokens or None, solved),
        cost_per_solved=_each(cost, solved),
    )


def _curves(found: Outcomes, tries: Tries, counted: Tries, most: int) -> Curves:
    passed = pass_curve(counted.n, counted.c(), most)
    solved = solved_curve(tries.first(), tries.most)
    return Curves(
        pass_at_k=points(passed),
        solved_by_k=points(solved),
        **chosen_curves(_first_of(found.choices, most) if counted is not tries else found.choices, most),
        law=law_of(passed, backtest(counted, most)) if most else None,
    )


def _first_of(choices: pl.DataFrame, most: int) -> pl.DataFrame:
    """Of each problem the first so many: where asking stops early, the others hang on what passed."""
    return choices.filter(pl.col("index").rank("ordinal").over("problem") <= most)


def _spend(found: Outcomes, tries: Tries) -> list[Spend]:
    """What asking k times takes; what was asked beyond the last judged completion counts with that."""
    if not tries.most:
        return []
    place = pl.col("place").clip(upper_bound=tries.most)
    paid = found.places.group_by(place).agg(
        pl.col("tokens").sum(), cost=pl.when(pl.col("cost").is_not_null().any()).then(pl.col("cost").sum())
    )
    priced = paid["cost"].is_not_null().any()
    sums = paid.sort("place").select(
        "place", pl.col("tokens").cum_sum(), pl.col("cost").fill_null(0).cum_sum()
    )
    first = np.sort(tries.first()[tries.first() > 0])
    return [
        Spend(
            k=k,
            coverage=rounded(np.searchsorted(first, k, side="right") / len(tries.n)),
            tokens=tokens,
            cost=rounded(cost) if priced else None,
        )
        for k, tokens, cost in sums.iter_rows()
    ]


def _kept_rows(built: Built | None) -> dict[str, pl.DataFrame]:
    """Of each dataset how many rows a problem has: columns problem, kept."""
    if built is None:
        return {}
    found = {}
    for kind in built.kinds:
        files = [built.build.folder / path for path in built.build.paths(kind)]
        rows = pl.scan_parquet(files, glob=False).group_by(problem="problem_id").agg(kept=pl.len())
        found[kind] = rows.collect()
    return found


def _kept(built: Built | None, counts: Counts) -> list[Kept]:
    if built is None:
        return []
    tokens = counts.prompt_tokens + counts.completion_tokens
    each = built.told.get("figures") or {}
    return [
        Kept(
            dataset=kind,
            rows=(rows := built.build.rows(kind)),
            tokens_per_row=_each(tokens or None, rows),
            cost_per_row=_each(counts.cost, rows),
            figures={
                name: float(told) for name, told in each.get(kind, {}).items() if name not in _NO_FIGURES
            },
        )
        for kind in sorted({*each, *built.kinds})
    ]


def _each(what: float | None, of: int) -> float | None:
    return rounded(what / of) if what is not None and of else None
