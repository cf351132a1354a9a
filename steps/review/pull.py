"""What people said, from an Argilla server into a run's ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from winnow.steps.errors import MissingError
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.reviews import review_row
from winnow.steps.review.api import Argilla
from winnow.steps.review.config import ArgillaConfig
from winnow.steps.review.forms import FORMS
from winnow.steps.review.pages import records_of
from winnow.steps.review.people import People
from winnow.steps.review.place import dataset_name, find_dataset, workspace_of
from winnow.steps.review.responses import reviews_of
from winnow.steps.review.sent import mark
from winnow.steps.review.subjects import subject_of
from winnow.steps.storage.url import ledger_of


@dataclass(frozen=True, slots=True)
class Pulled:
    """What was found: responses, of these the new ones; `foreign` are records that are of another run."""

    responses: int
    new: int
    foreign: int


def pull(run: Path, config: ArgillaConfig, run_id: str) -> Pulled:
    """Read every response to the run's records into its ledger; what is there already is not written again.

    Args:
        run: its folder, with `ledger`.

    Raises:
        MissingError: no server, no rights, no such dataset, a ledger that cannot be written.
    """
    found = asyncio.run(_read(config))
    ledger, people = Ledger(ledger_of(run)), People(run)
    subjects = {one["external_id"] for some in found.values() for one in some if one.get("external_id")}
    problems = _problems(ledger, subjects)
    rows, foreign = [], 0
    for dataset, records in found.items():
        for record in records:
            subject = subject_of(str(record.get("external_id") or ""))
            ours = {problems.get(one) for one in (subject.first, subject.second) if one is not None}
            problem = ours.pop()
            if problem is None or ours:
                foreign += 1
                continue
            said = reviews_of(record, subject, problem, dataset, people.hashed)
            rows += [review_row(review, run_id) for review in said]
    known = set(ledger.scan("reviews").select("id").collect()["id"])
    new = {row[0]: row for row in rows if row[0] not in known}
    ledger.commit({"reviews": list(new.values())})
    mark(run, config, out=False)
    return Pulled(len(rows), len(new), foreign)


async def _read(config: ArgillaConfig) -> dict[str, list[dict[str, Any]]]:
    """All records of the run's datasets, with responses, by the dataset's name."""
    async with Argilla(config.api_url) as server:
        workspace = await workspace_of(server, config)
        found = {}
        for kind in FORMS:
            name = dataset_name(config, kind)
            dataset = await find_dataset(server, workspace, name)
            if dataset is not None:
                found[name] = await records_of(server, str(dataset["id"]), responses=True)
        if not found:
            names = " or ".join(dataset_name(config, kind) for kind in FORMS)
            raise MissingError(
                f"no dataset {names} in workspace {config.workspace!r} at {server.shown}: "
                "`winnow review push` makes them"
            )
        return found


def _problems(ledger: Ledger, subjects: Iterable[str]) -> dict[str, str]:
    """The problem of each completion that subjects name, where the ledger has it."""
    wanted = sorted({one for subject in subjects for one in subject.split("-")})
    ours = ledger.scan("completions").filter(pl.col("id").is_in(pl.Series(wanted, dtype=pl.String).implode()))
    return dict(ours.select("id", "problem").collect().iter_rows())
