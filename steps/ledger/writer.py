"""Group commit: rows gather for at most a second, then become durable in one go."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType

from winnow.steps.ledger.schema import Row
from winnow.steps.ledger.store import Ledger


class LedgerWriter:
    """Collects rows and commits them in the background, every `seconds` or `rows`, whatever comes first.

    While one commit is under way the next one gathers; `put` waits when `rows` x 4 are gathered, so memory
    stays bounded however fast an engine answers. A row is acknowledged when `flush` returns, or as soon as
    `acknowledged` counts it.
    """

    def __init__(self, ledger: Ledger, *, seconds: float = 1.0, rows: int = 1000) -> None:
        self.acknowledged = 0
        self._ledger = ledger
        self._seconds = seconds
        self._rows = rows
        self._gathered: dict[str, list[Row]] = {}
        self._count = 0
        self._wake = asyncio.Event()
        self._committed = asyncio.Condition()
        self._asked = 0
        self._done = 0
        self._failure: BaseException | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> LedgerWriter:
        self._task = asyncio.create_task(self._work())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._failure is None:
                await self.flush()
        finally:
            if self._task is not None:
                self._task.cancel()
                await asyncio.gather(self._task, return_exceptions=True)

    async def put(self, table: str, rows: Sequence[Row]) -> None:
        """Hand rows over; they will be durable within about `seconds`.

        Raises:
            MissingError: an earlier commit failed, so this one would too.
        """
        if self._failure is not None:
            raise self._failure
        self._gathered.setdefault(table, []).extend(rows)
        self._count += len(rows)
        if self._count >= self._rows:
            self._wake.set()
        if self._count >= 4 * self._rows:
            await self._next_commit()

    async def flush(self) -> None:
        """Return when everything that was put is durable."""
        while self._count or self._asked > self._done:
            self._wake.set()
            await self._next_commit()

    async def _next_commit(self) -> None:
        async with self._committed:
            seen = self._done
            await self._committed.wait_for(lambda: self._done > seen or self._failure is not None)
        if self._failure is not None:
            raise self._failure

    async def _work(self) -> None:
        while self._failure is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._seconds)
            self._wake.clear()
            if not self._count:
                continue
            batch, self._gathered = self._gathered, {}
            count, self._count = self._count, 0
            self._asked += 1
            try:
                await asyncio.to_thread(self._ledger.commit, batch)
                self.acknowledged += count
            except BaseException as failure:  # noqa: BLE001 - told to every caller of put and flush
                self._failure = failure
            async with self._committed:
                self._done += 1
                self._committed.notify_all()
