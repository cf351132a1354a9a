"""What a run would do, and what that would cost: looked up, with nothing asked, judged or written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl
from rich.table import Table

from winnow.pipelines.folder import RunFolder
from winnow.pipelines.hold import owner_of
from winnow.pipelines.local import plan_key, scorers_of
from winnow.pipelines.owed import labels_owed, pairs_owed, told_rollouts
from winnow.pipelines.recipe import Recipe
from winnow.pipelines.settled import sampler_of, settled
from winnow.pipelines.terminal import err, out
from winnow.steps.errors import Exit, UsageError
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.paid import TOKENS, by_problem, judged, sums_of
from winnow.steps.ledger.resume import histories, standing_of
from winnow.steps.ledger.standing import Mark, Standing
from winnow.steps.records import Group, Problem
from winnow.steps.source.survey import survey
from winnow.steps.stage import Context
from winnow.verifiers import load

_CHUNK = 256  # problems whose past is looked up at once


@dataclass(slots=True)
class Outlook:
    """What is owed: `problems` that are new, and `gone` ones that the source has no more; how many to
    `search`, or `candidates` to sample, as far as those who were asked before can tell, and `most` of them,
    the bound; of what is there, how many to `judge` and `score`, how many answers to `label`, by so many
    `rollouts` or more, and how many `pairs` judges are to compare; whether to `build` and `publish`."""

    problems: int = 0
    gone: int = 0
    search: int = 0
    candidates: int = 0
    most: int = 0
    judge: int = 0
    score: int = 0
    label: int = 0
    rollouts: int = 0
    pairs: int = 0
    build: bool = False
    publish: bool = False

    @property
    def is_empty(self) -> bool:
        return self == Outlook()


def check_recipe(recipe: Recipe, runs: str | Path) -> Exit:
    """Tell what `winnow run` would do: DONE where that is nothing, else PENDING.

    Raises:
        UsageError: the recipe may not go on in this folder, or its source has no end.
        MissingError: the source is not there.
    """
    folder = RunFolder.below(runs, recipe.name)
    if folder.home and owner_of(folder.path) is None:
        folder.home.fetch()
    if folder.manifest.exists():
        folder.examine(recipe)
    if (owner := folder.owner()) is not None:
        err.print(f"{folder.named} is held by another run: {owner.told}", soft_wrap=True)
    found = outlook_of(recipe, folder)
    if found.is_empty:
        err.print(f"nothing to do in {folder.named}", soft_wrap=True)
        return Exit.DONE
    out.print(_table(found, Ledger(folder.ledger)))
    return Exit.PENDING


def outlook_of(recipe: Recipe, folder: RunFolder) -> Outlook:
    """What a run of this recipe would do in its folder.

    Raises:
        WinnowError: as `check_recipe`.
    """
    if settled(recipe, folder) is not None:
        return Outlook()
    if survey(recipe.source).count is None:
        raise UsageError(f"{recipe.source.place} has no end: give source.limit to have it looked through")
    publish = recipe.publish
    found = Outlook(build=True, publish=publish is not None and bool(publish.hub or publish.to))
    ledger, sampling = Ledger(folder.ledger), sampler_of(recipe).identify(Context())
    verifier, scorers = load(recipe.verify).fingerprint, scorers_of(recipe)
    standing = standing_of(ledger, plan_key(recipe, sampling))
    usual = _usual(ledger, recipe)
    most = recipe.sample.n or recipe.sample.max_n or 0
    for chunk in _chunks(recipe, standing):
        owed = [problem for problem in chunk if not standing.has(Mark.DONE, problem.id)]
        found.problems += sum(not standing.has(Mark.KNOWN, problem.id) for problem in owed)
        begun = [problem.id for problem in owed if standing.has(Mark.KNOWN, problem.id)]
        past = histories(ledger, begun, sampling, verifier, scorers) if begun else {}
        found.search += len(owed) if recipe.sample.search else 0
        for problem in owed:
            have = past.get(problem.id, [])
            found.most += max(0, most - len(have))
            found.candidates += max(0, usual - len(have))
            found.judge += sum(one.verdict is None for one in have)
            found.score += sum(len(scorers) - len(one.rewards) for one in have)
        groups = [Group(problem, past[problem.id]) for problem in owed if problem.id in past]
        if groups and recipe.label is not None:
            answers, rollouts = labels_owed(ledger, recipe.label, groups, sampling, verifier)
            found.label, found.rollouts = found.label + answers, found.rollouts + rollouts
        if groups and recipe.score is not None:
            found.pairs += pairs_owed(ledger, recipe.score, groups)
    found.gone = sum(1 for _ in standing.having([Mark.KNOWN], lacking=[Mark.SEEN, Mark.GONE]))
    return found


def _chunks(recipe: Recipe, standing: Standing) -> Iterator[list[Problem]]:
    rows = (row for row in recipe.source.rows() if isinstance(row, Problem))
    while chunk := list(islice(rows, _CHUNK)):
        standing.mark(Mark.SEEN, (problem.id for problem in chunk))
        yield chunk


def _usual(ledger: Ledger, recipe: Recipe) -> int:
    """How often a problem is asked: by `n`, or the mean of those that were."""
    if recipe.sample.n is not None:
        return recipe.sample.n
    problems = ledger.scan("completions").select(pl.col("problem").n_unique()).collect().item()
    most = recipe.sample.max_n or 0
    return min(most, round(ledger.height("completions") / problems)) if problems else most


def _table(found: Outlook, ledger: Ledger) -> Table:
    table = Table("", "", show_header=False, box=None, pad_edge=False)
    bound = f", at most {found.most:,}" if found.most > found.candidates else ""
    lines = {
        "problems new": found.problems and f"{found.problems:,}",
        "problems gone": found.gone and f"{found.gone:,}",
        "problems to search": found.search and f"{found.search:,}",
        "candidates to sample": found.most and f"{found.candidates:,}{bound}",
        "to judge": found.judge and f"{found.judge:,}",
        "answers to label": found.label and f"{found.label:,}{told_rollouts(ledger, found.rollouts)}",
        "pairs to compare": found.pairs and f"{found.pairs:,}",
        "to score": found.score and f"{found.score:,}",
        "build": found.build and "yes",
        "publish": found.publish and "if it differs",
        **(_cost(found, ledger) if found.most or found.search or found.score else {}),
    }
    for name, told in lines.items():
        if told:
            table.add_row(name, told)
    return table


def _cost(found: Outlook, ledger: Ledger) -> dict[str, str]:
    """By what a completion and its rewards, or the search of a problem, took so far."""
    taken = by_problem(ledger) if found.search else ledger.scan("completions")
    each, money = taken.select(TOKENS.mean().alias("tokens"), pl.col("cost").mean()).collect().row(0)
    count = found.search or found.candidates
    if each is None:
        return {"cost": "unknown yet: `winnow estimate` tells"}
    judge_tokens, judge_money = sums_of(judged(ledger))
    share = 0.0 if found.search else _scored_again(found, ledger)
    took, paid = count * each + share * judge_tokens, count * (money or 0) + share * judge_money
    return {"tokens": f"some {took:,.0f}" if took else "", "cost": f"some {paid:,.4f}" if paid else ""}


def _scored_again(found: Outlook, ledger: Ledger) -> float:
    """How often as many rewards are owed as there are: those of candidates to come, and those that lack."""
    rewards = ledger.scan("rewards").select("completion", "fingerprint").unique()
    completions, all_ = rewards.select(pl.col("completion").n_unique(), all=pl.len()).collect().row(0)
    return found.candidates / completions + found.score / all_ if all_ else 0.0
