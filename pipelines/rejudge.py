"""A run's ledger judged anew by today's verifier: nothing is sampled, nothing is forgotten."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from rich.table import Table

from winnow.pipelines.folder import RunFolder
from winnow.pipelines.progress import Progress
from winnow.pipelines.recipe import Recipe
from winnow.pipelines.terminal import err, out, printable
from winnow.steps.ledger import Ledger, LedgerWriter
from winnow.steps.ledger.schema import event_row
from winnow.steps.stage import Context
from winnow.steps.verify.again import Judged, judge_again
from winnow.verifiers import Status, VerifierPool

_SHOWN = 10
_NEVER = "not judged"


@dataclass(slots=True)
class Changes:
    """How verdicts changed; of the changes themselves, the first few."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: list[Judged] = field(default_factory=list)
    flips: int = 0  # of one and the same verifier

    def add(self, one: Judged, verifier: str) -> None:
        before = one.before.status.value if one.before else _NEVER
        self.counts[before, one.after.status.value] += 1
        self.flips += one.flipped and one.by == verifier
        if one.before and before != one.after.status.value and len(self.first) < _SHOWN:
            self.first.append(one)

    @property
    def changed(self) -> int:
        return sum(count for (before, after), count in self.counts.items() if before != after)


def verify_run(recipe: Recipe, folder: RunFolder, run: str) -> Changes:
    """Judge every completion of a run by the recipe's verifier, and keep each verdict that is new.

    Raises:
        MissingError: the verifier does not start, or the ledger cannot be written.
    """
    ledger = Ledger(folder.ledger)
    ledger.follow()
    return asyncio.run(_verify(recipe, ledger, folder.logs, run))


async def _verify(recipe: Recipe, ledger: Ledger, logs: Path, run: str) -> Changes:
    pool = VerifierPool(recipe.verify)
    verifier, changes, context = pool.verifier.fingerprint, Changes(), Context(run=run)
    total = ledger.scan("completions").select(pl.col("problem").n_unique()).collect().item()
    progress = Progress(context, total, name=recipe.name, logs=logs)
    with progress.shown():
        progress.doing("judging")
        async with LedgerWriter(ledger) as writer:
            async for judged in judge_again(ledger, pool):
                rows = [row for one in judged if (row := one.row(pool, run)) is not None]
                await writer.put("verdicts", rows)
                for one in judged:
                    changes.add(one, verifier)
                    context.counts[one.after.status.value] += 1
                context.counts["completions"] += len(judged)
                for _ in {one.problem for one in judged}:
                    progress.done()
            told = {"fingerprint": verifier, "changed": changes.changed, "flips": changes.flips}
            await writer.put("events", [event_row("judged_again", run, told, run)])
    return changes


def show_changes(changes: Changes, recipe: Recipe, folder: RunFolder) -> None:
    """Print the verdicts before and after, and the first that changed."""
    if not changes.counts:
        out.print("the ledger holds no completions")
        return
    table = Table("before", *(f"now {status}" for status in Status))
    for column in table.columns[1:]:
        column.justify = "right"
    for before in (*Status, _NEVER):
        row = [changes.counts[before, status.value] for status in Status]
        if any(row):
            table.add_row(before, *map(str, row))
    out.print(table)
    out.print(f"{changes.changed} of {changes.counts.total()} verdicts changed")
    for one in changes.first:
        before, after = one.before, one.after
        was = f"was {before.status.value}" if before else _NEVER
        told = f"{one.source_id}, completion {one.index}: {was}, is {after.status.value}"
        out.print(
            f"  {printable(told)}{printable(': ' + after.reason) if after.reason else ''}", soft_wrap=True
        )
    if changes.flips:
        name = recipe.verify["type"]
        err.print(
            f"{name} is flaky: it changed its mind on {changes.flips} completions, which no dataset has now"
        )
    if changes.changed:
        out.print(
            f"the datasets are as they were: `winnow build {folder.path}` builds them anew", soft_wrap=True
        )
