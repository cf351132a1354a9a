"""Rows of a build onto an Argilla server, for people to review."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from winnow.steps.build.reading import Built
from winnow.steps.errors import UsageError
from winnow.steps.review.api import Argilla
from winnow.steps.review.choice import chosen_rows
from winnow.steps.review.config import ArgillaConfig
from winnow.steps.review.forms import FORMS
from winnow.steps.review.pages import records_of
from winnow.steps.review.place import dataset_name, make_dataset, workspace_of
from winnow.steps.review.records import record_of
from winnow.steps.review.sent import mark

# Records of a request, which the server commits at once. One request follows the other: a server over SQLite
# answers several at a time with `database is locked`, and one is as busy with one.
_BULK = 250


@dataclass(frozen=True, slots=True)
class Pushed:
    """What was done: the dataset there, how many records were wanted in it, how many of these it had not,
    and how many it has."""

    kind: str
    dataset: str
    wanted: int
    new: int
    total: int


def push(built: Built, config: ArgillaConfig) -> list[Pushed]:
    """Send rows of the build's `sft` and `preference`; those that are there already are not sent anew.

    A push that was broken off is done again: records are known by their external ids, and of each request the
    server keeps all or nothing.

    Raises:
        MissingError: no server, no rights, no workspace, a run's folder that cannot be written, ...
        UsageError: the build has no rows that could be sent.
    """
    records = {kind: list(records_for(built, config, kind)) for kind in FORMS if kind in built.kinds}
    if not any(records.values()):
        raise UsageError(
            f"{built.name} has no rows to review: expected some of {' or '.join(FORMS)} in its build"
        )
    if built.owner is not None:
        mark(built.owner, config, out=True)
    return asyncio.run(_push(config, {kind: some for kind, some in records.items() if some}))


def records_for(built: Built, config: ArgillaConfig, kind: str) -> Iterator[dict[str, Any]]:
    """The rows of a kind that are to be reviewed, as records."""
    how = config.choose if config.by is None else f"{config.choose} by {config.by}"
    rows = chosen_rows(built, kind, config.choose, config.records, config.by)
    for row in rows.iter_rows(named=True):
        yield record_of(kind, row, how)


async def _push(config: ArgillaConfig, records: dict[str, list[dict[str, Any]]]) -> list[Pushed]:
    async with Argilla(config.api_url) as server:
        workspace = await workspace_of(server, config, make=True)
        return [await _push_kind(server, workspace, config, kind, some) for kind, some in records.items()]


async def _push_kind(
    server: Argilla, workspace: str, config: ArgillaConfig, kind: str, records: Sequence[dict[str, Any]]
) -> Pushed:
    dataset = await make_dataset(server, workspace, config, kind)
    there = {one.get("external_id") for one in await records_of(server, dataset)}
    missing = [record for record in records if record["external_id"] not in there]
    for start in range(0, len(missing), _BULK):
        # Made, not put: the server refuses what is there by now, and puts take it a fifth longer.
        await server.post(f"datasets/{dataset}/records/bulk", {"items": missing[start : start + _BULK]})
    return Pushed(kind, dataset_name(config, kind), len(records), len(missing), len(there) + len(missing))
