"""What a run will take and bring: a handful of its problems are asked to their end, and stand for all."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path

import polars as pl
from rich.table import Table

from winnow.pipelines.folder import RunFolder
from winnow.pipelines.local import LocalRunner
from winnow.pipelines.progress import Progress
from winnow.pipelines.recipe import Recipe
from winnow.pipelines.run import run_id, sample
from winnow.pipelines.selfcheck import check_golds
from winnow.pipelines.terminal import err, out
from winnow.steps.errors import Exit
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.paid import by_problem, judged, sums_of
from winnow.steps.ledger.resume import histories, spent
from winnow.steps.ledger.schema import Sampling
from winnow.steps.records import Candidate, Problem
from winnow.steps.report.servers import rate_of
from winnow.steps.sample.projection import Limits, Range, project
from winnow.steps.source.survey import survey
from winnow.steps.stage import Context, Halt
from winnow.verifiers import load

_PER = 1000  # problems that are told of where nobody knows how many there are


def estimate_recipe(recipe: Recipe, runs: str | Path, problems: int) -> Exit:
    """Ask so many problems to their end, in the run's own folder, and tell what all will take.

    Nothing is asked for twice: the run goes on from there.

    Raises:
        WinnowError: as `run_recipe` does.
    """
    folder, total = RunFolder.below(runs, recipe.name), survey(recipe.source).count
    folder.make()
    with folder.held() as hold:
        folder.examine(recipe)
        check_golds(recipe)
        chosen = _chosen(recipe, problems, total)
        ledger = Ledger(folder.ledger)
        ledger.follow()
        context = Context(run=run_id(), log_dir=folder.logs, spent=spent(ledger))
        err.print(f"winnow estimate {recipe.name}: {len(chosen)} problems in {folder.named}")
        told: list[Sampling] = []

        def claim(sampling: Sampling) -> None:
            told.append(sampling)
            folder.claim(recipe, sampling.named)

        # To the end of each: what a budget or a target would leave out is played through afterwards.
        whole = recipe.sample.model_copy(update={"budget": None, "target": None})
        asked = recipe.model_copy(update={"sample": whole})
        progress = Progress(context, len(chosen), name=recipe.name, logs=folder.logs)
        before = (folder.read_manifest() or {}).get("sampling")
        runner = LocalRunner(asked, ledger, context, progress, claim, only=frozenset(chosen), before=before)
        with progress.shown():
            sample(runner, hold)
        if context.halt is Halt.INTERRUPTED:
            return Exit.INTERRUPTED
        found = histories(ledger, chosen, told[0], load(recipe.verify).fingerprint)
        paid = {row[0]: row[1:] for row in by_problem(ledger).collect().iter_rows()}
        sampled = [_charged(found[problem], paid[problem]) for problem in chosen if found.get(problem)]
        judges = sums_of(judged(ledger).filter(pl.col("problem").is_in(chosen)))
        _show(recipe, ledger, sampled, total, judges)
    return Exit.DONE if sampled else Exit.TARGET_MISSED


def _charged(candidates: Sequence[Candidate], paid: tuple[int, int, float | None]) -> list[Candidate]:
    """A problem's candidates, of which the last one bears what was paid for beside them: rollouts, judges,
    and of a search the steps that led nowhere, and those that chains share."""
    *others, last = candidates
    prompt, out, cost = paid
    for one in others:
        prompt, out = prompt - one.choice.prompt_tokens, out - one.choice.tokens
        cost = None if cost is None else cost - (one.choice.cost or 0.0)
    choice = replace(last.choice, prompt_tokens=prompt, tokens=out, cost=cost)
    return [*others, replace(last, choice=choice)]


def _chosen(recipe: Recipe, problems: int, total: int | None) -> list[str]:
    """Ids of problems, one by chance from each of so many equal parts of the source: what stands together in
    it is mostly alike."""
    rows = (row for row in recipe.source.rows() if isinstance(row, Problem))
    if total is None:
        return list(dict.fromkeys(row.id for row in islice(rows, problems)))
    dice, count = random.Random(recipe.sample.seed), min(problems, total)
    edges = [total * part // count for part in range(count + 1)]
    places = {dice.randrange(low, high) for low, high in pairwise(edges)}
    return list(dict.fromkeys(row.id for at, row in enumerate(rows) if at in places))


def _show(
    recipe: Recipe,
    ledger: Ledger,
    sampled: list[list[Candidate]],
    total: int | None,
    judges: tuple[int, float],
) -> None:
    if not sampled:
        err.print("nothing was answered: there is nothing to tell from")
        return
    build = recipe.build
    limits = Limits(
        build.sft.per_problem if build.sft else 0, build.preference.per_problem if build.preference else 0
    )
    count = _PER if total is None else total
    whole = project(sampled, recipe.sample, count, limits)
    rate = rate_of(ledger)
    table = Table("", "sampled", f"all {count:,}" if total is not None else f"each {count:,}", "90% between")
    for column in table.columns[1:]:
        column.justify = "right"
    choices = [one.choice for candidates in sampled for one in candidates]
    table.add_row("problems", f"{len(sampled):,}", f"{count:,}", "")
    table.add_row("completions", f"{len(choices):,}", *_told(whole["completions"]))
    tokens = sum(choice.tokens + choice.prompt_tokens for choice in choices)
    table.add_row("tokens", f"{tokens:,}", *_told(whole["tokens"]))
    if judges[0]:
        expected = judges[0] / tokens * whole["tokens"].middle
        table.add_row("of judges", f"{judges[0]:,}", f"{expected:,.0f}", "")
    if any(choice.cost for choice in choices):
        cost = sum(choice.cost or 0.0 for choice in choices)
        table.add_row("cost", f"{cost:,.4f}", *_told(whole["money"], digits=4))
        if judges[1]:
            expected = judges[1] / cost * whole["money"].middle
            table.add_row("of judges", f"{judges[1]:,.4f}", f"{expected:,.4f}", "")
    if rate:
        seconds = Range(*(value / rate for value in whole["tokens_out"]))
        table.add_row("seconds", "", *_told(seconds))
    if until := recipe.sample.until:
        name = "problems that agree" if until.agree else "rows of `until`"
        table.add_row(name, "", *_told(whole["kept"]))
    for name, config in (("sft", build.sft), ("preference", build.preference)):
        if config:
            table.add_row(f"{name} rows", "", *_told(whole[name]))
    out.print(table)
    if rate:
        out.print(f"at {rate:,.0f} tokens/s, as now; more problems in flight may be faster")
    out.print("what was sampled is in the ledger: `winnow run` goes on from there")


def _told(found: Range, digits: int = 0) -> tuple[str, str]:
    return f"{found.middle:,.{digits}f}", f"{found.low:,.{digits}f} and {found.high:,.{digits}f}"
