"""All records of a dataset, page by page."""

from __future__ import annotations

from typing import Any

from winnow.steps.errors import MissingError
from winnow.steps.review.api import Argilla, NotThere, all_of

_PAGE = 500  # records of a request
_IN_FLIGHT = 3  # requests
_LOOKS = 4  # at most, until every record was seen

Records = dict[str, dict[str, Any]]


async def records_of(server: Argilla, dataset: str, *, responses: bool = False) -> list[dict[str, Any]]:
    """Every record once. The server sorts pages by time alone, so that of records of one moment a page may
    lack some and have others twice: then they are read again, cut elsewhere."""
    seen: Records = {}
    for look in range(_LOOKS):
        total = await _look(server, dataset, _PAGE + 61 * look, seen, responses)
        if len(seen) >= total:
            return list(seen.values())
    raise MissingError(
        f"Argilla at {server.shown} has {total} records in a dataset, gave {len(seen)} of them: pull again"
    )


async def _look(server: Argilla, dataset: str, size: int, seen: Records, responses: bool) -> int:
    """Read all pages into `seen`, by the records' ids; returns how many records there are."""

    include: dict[str, str] = {"include": "responses"} if responses else {}

    async def page(offset: int) -> int:
        path = f"datasets/{dataset}/records"
        try:
            told = await server.get(path, **include, offset=offset, limit=size)
        except NotThere:
            raise MissingError(
                f"a dataset at {server.shown} was removed while it was read: pull again"
            ) from None
        seen.update((one["id"], one) for one in told["items"])
        return int(told["total"])

    total = await page(0)
    await all_of(page, range(size, total, size), _IN_FLIGHT)
    return total
