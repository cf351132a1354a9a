"""Group commit: rows gather for at most a second, then become durable in one go."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from types import TracebackType

from winnow.steps.errors import MissingError
from winnow.steps.ledger.schema import TABLES, Row
from winnow.steps.ledger.store import Ledger

_TEXT = TABLES["completions"].names.index("text")
_MOST_CHARACTERS = 32_000_000  # of completions in one commit


class _Batch:
    """Rows that are committed together; `committed` is set when they are durable, or never will be."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {}
        self.count = 0
        self.size = 0  # characters of completions
        self.committed = asyncio.Event()


class LedgerWriter:
    """Collects rows and commits them in the background, every `seconds` or `rows`, whatever comes first.

    A commit costs some three milliseconds a table, and little more a row. A slow engine is committed by the
    clock.

    While one batch is committed the next one gathers; `put` waits when that one is twice `rows`, or as long
    as 64 million characters, so memory stays bounded however fast or much an engine answers.
    `acknowledged` counts the rows that are durable.
    """

    def __init__(self, ledger: Ledger, *, seconds: float = 1.0, rows: int = 2500) -> None:
        self.acknowledged = 0
        self._ledger = ledger
        self._seconds = seconds
        self._rows = rows
        self._gathering = _Batch()
        self._under_way: _Batch | None = None
        self._wake = asyncio.Event()
        self._failure: BaseException | None = None
        self._ended = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> LedgerWriter:
        self._task = asyncio.create_task(self._work())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with suppress(MissingError) if error else nullcontext():  # whoever failed first is told
                await self.flush()
        finally:
            if self._task is not None:
                self._ended = True  # not cancelled: a thread may be merging files
                self._wake.set()
                await self._task

    async def put(self, table: str, rows: Sequence[Row]) -> None:
        """Hand rows over; they will be durable within about `seconds`.

        Raises:
            MissingError: an earlier commit failed, so this one would too.
        """
        self._raise_failure()
        batch = self._gathering
        batch.rows.setdefault(table, []).extend(rows)
        batch.count += len(rows)
        if table == "completions":
            batch.size += sum(len(row[_TEXT]) for row in rows)
        if batch.count >= self._rows or batch.size >= _MOST_CHARACTERS:
            self._wake.set()
        if batch.count >= 2 * self._rows or batch.size >= 2 * _MOST_CHARACTERS:
            await self._done(batch)

    async def flush(self) -> None:
        """Return when everything that was put is durable.

        Raises:
            MissingError: it could not be made durable.
        """
        self._wake.set()
        for batch in (self._under_way, self._gathering):
            if batch is not None and batch.count:
                await self._done(batch)
        self._raise_failure()

    async def _done(self, batch: _Batch) -> None:
        await batch.committed.wait()
        self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    async def _work(self) -> None:
        while self._failure is None and not self._ended:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds):
                    await self._wake.wait()
            self._wake.clear()
            if self._gathering.count:
                await self._commit()

    async def _commit(self) -> None:
        batch, self._gathering = self._gathering, _Batch()
        self._under_way = batch
        try:
            await asyncio.to_thread(self._ledger.commit, batch.rows)
            self.acknowledged += batch.count
            self._under_way = None
            batch.committed.set()
            await asyncio.to_thread(self._ledger.tidy)
        except BaseException as failure:  # noqa: BLE001 - a panic in Rust is no Exception; told to put and flush
            self._failure = failure
            self._gathering.committed.set()  # nobody will commit these; whoever waits is told why
        finally:
            self._under_way = None
            batch.committed.set()
