"""The two APIs that batches take, `/files` and `/batches`: each call repeated where that is harmless.

Making a batch is what is paid for, so that alone is never repeated by itself: an answer that does not come
leaves open whether there is one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from winnow.steps.engine.batch.config import BatchConfig
from winnow.steps.engine.batch.spool import Record
from winnow.steps.engine.batch.told import Told, id_of, told_of
from winnow.steps.engine.counters import Counters
from winnow.steps.engine.dialect import path_of
from winnow.steps.engine.failures import Absent, Denied, Passing, Rejected, Trouble, of_status
from winnow.steps.engine.probe import denied
from winnow.steps.engine.protocol import EngineUnreachable
from winnow.steps.engine.reply import loads
from winnow.steps.engine.retry import Backoff, Retrier, Silence
from winnow.steps.engine.transport import Answer, Transport
from winnow.steps.errors import MissingError

T = TypeVar("T")
_PAGE = "100"  # batches
_MOST_PAGES = 1000
_RETRIES = 8
_SHORT = 3  # times that a file which lacks lines is fetched again


class Busy(Passing):
    """The provider takes no more batches now; none was made."""


class Provider:
    """Asks the provider. Every method raises EngineUnreachable where it cannot be asked (any more)."""

    def __init__(self, config: BatchConfig, transport: Transport, counters: Counters) -> None:
        self.shown = transport.shown
        self.endpoint = f"/v1/{path_of(config.api)}"  # of every line of a batch
        self._transport, self._window = transport, config.window
        self._silence = Silence(config.patience)
        self._retrier = Retrier(_RETRIES, self._silence, counters, Backoff())
        self._at_start = Retrier(_RETRIES, Silence(0.0), counters, Backoff())

    async def open(self) -> None:
        """See that there is a batch API which we may ask; that costs nothing."""
        await self._transport.open()
        try:
            await self._retried(partial(self._page, None), "list batches", self._at_start)
        except Rejected as trouble:
            raise EngineUnreachable(
                f"{self.shown} has no batch API ({trouble}): does base_url lead to a provider with /batches "
                "and /files?"
            ) from None

    async def close(self) -> None:
        await self._transport.close()

    async def upload(self, path: Path, name: str) -> str:
        """Upload a file of requests: its id. That costs nothing, however often it is done."""

        async def once() -> str:
            try:
                file = path.open("rb")
            except OSError as broken:
                raise MissingError(f"{path} cannot be read: {broken.strerror}") from None
            with file:
                fields = {"purpose": "batch"}
                answer = await self._transport.upload("files", fields, file, f"winnow-{name}.jsonl")
            return id_of(loads(self._heard(answer).body))

        try:
            return await self._retried(once, "take a file")
        except Rejected as trouble:
            raise EngineUnreachable(
                f"{self.shown} does not take the file of requests {path}: {trouble}. Is it too large? Then "
                "lower the engine's max_bytes"
            ) from None

    async def create(self, record: Record) -> Told:
        """Make a batch of the record's file; asked once.

        Raises:
            Busy: it was not made.
            Passing: it may have been made.
        """
        body = {
            "input_file_id": record.file,
            "endpoint": self.endpoint,
            "completion_window": self._window,
            "metadata": {"winnow": record.name},
        }
        try:
            answer = await self._transport.post("batches", body)
        except Absent as trouble:
            self._silence.missed(trouble)
            raise Busy(str(trouble)) from None
        self._silence.heard()
        try:
            _see(answer)
        except Passing as trouble:
            raise Busy(str(trouble), trouble.after) if answer.status == 429 else trouble from None
        except Denied as trouble:
            raise EngineUnreachable(denied(self.shown, trouble)) from None
        except Rejected as trouble:
            raise EngineUnreachable(f"{self.shown} makes no batch: {trouble}") from None
        return told_of(loads(answer.body))

    async def find(self, record: Record) -> Told | None:
        """The batch that was made of the record's file, if there is one; one that failed has cost nothing,
        and counts as none."""
        after: str | None = None
        for _ in range(_MOST_PAGES):
            try:
                rows, after = await self._retried(partial(self._page, after), "list batches")
            except Rejected as trouble:
                raise EngineUnreachable(f"{self.shown} lists no batches: {trouble}") from None
            for told in rows:
                ours = told.input == record.file or told.metadata.get("winnow") == record.name
                if ours and told.status != "failed":
                    return told
            if after is None:
                break
        return None

    async def look(self, record: Record) -> Told:
        """How the record's batch is."""

        async def once() -> Told:
            return told_of(loads((await self._get(f"batches/{record.batch}")).body))

        try:
            return await self._retried(once, "tell of a batch")
        except Rejected as trouble:
            raise EngineUnreachable(
                f"{self.shown} does not tell of the batch {record.batch}, which this run made: {trouble}. Is "
                f"the key another account's? To give the batch up, remove {record.name}.json from the run's "
                "folder `batches`"
            ) from None

    async def fetch(self, file: str, path: Path, lines: int) -> None:
        """The content of a file, durable at `path`. It may come late, or in part: where it has less than so
        many lines, it is fetched again a few times."""
        short = 0

        async def once() -> None:
            nonlocal short
            try:
                await self._get(f"files/{file}/content", into=path)
            except Rejected as trouble:
                raise trouble if trouble.status != 404 else Passing(str(trouble)) from None
            found = await asyncio.to_thread(_lines, path)
            if found < lines and short < _SHORT:
                short += 1
                raise Passing(f"the file {file} has {found} lines of {lines}")

        try:
            await self._retried(once, "give the answers of a batch")
        except Rejected as trouble:
            raise EngineUnreachable(
                f"{self.shown} does not give the answers of a batch (file {file}): {trouble}"
            ) from None

    async def delete(self, files: Sequence[str | None]) -> None:
        """Delete files, where the provider does that."""
        for file in files:
            if file:
                with suppress(Trouble):
                    await self._transport.delete(f"files/{file}")

    async def _get(
        self, path: str, *, into: Path | None = None, query: dict[str, str] | None = None
    ) -> Answer:
        return self._heard(await self._transport.get(path, query=query, into=into))

    async def _page(self, after: str | None) -> tuple[list[Told], str | None]:
        """Some batches, and what to ask after for more."""
        query = {"limit": _PAGE} | ({"after": after} if after else {})
        value = loads((await self._get("batches", query=query)).body)
        rows = value.get("data") if isinstance(value, dict) else value
        if not isinstance(rows, list):
            raise Passing("the reply lists no batches")
        found = [told_of(row) for row in rows if isinstance(row, dict) and row.get("id")]
        return found, found[-1].id if found and isinstance(value, dict) and value.get("has_more") else None

    def _heard(self, answer: Answer) -> Answer:
        self._silence.heard()
        _see(answer)
        return answer

    async def _retried(
        self, once: Callable[[], Awaitable[T]], what: str, retrier: Retrier | None = None
    ) -> T:
        """Raises Rejected as it comes."""
        try:
            return await (retrier or self._retrier)(once, lambda: None)
        except Denied as trouble:
            raise EngineUnreachable(denied(self.shown, trouble)) from None
        except Passing as trouble:
            raise EngineUnreachable(
                f"{self.shown} does not {what}, however often it is asked: {trouble}. What was sent stays "
                "with it: run again later"
            ) from None


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for line in file if line.strip())


def _see(answer: Answer) -> None:
    if answer.status not in (200, 201):
        raise of_status(answer.status, answer.headers, answer.body)
