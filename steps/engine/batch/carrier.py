"""The life of one batch: uploaded, made, waited for, fetched, and every request in it told what came of it.

At each step the record on disk says enough that another process goes on from there, whenever this one ends.
The one step whose end may stay unknown is that a batch is made: then the provider is asked whether it was.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from winnow.steps.engine.batch.entry import Again, Batch
from winnow.steps.engine.batch.provider import Busy, Provider
from winnow.steps.engine.batch.results import results_of
from winnow.steps.engine.batch.spool import Record, Spool
from winnow.steps.engine.batch.told import Told
from winnow.steps.engine.failures import Passing, Rejected
from winnow.steps.engine.protocol import EngineUnreachable

_TRIES = 8  # at making a batch while no other is under way
_GROWTH, _LONGEST = 1.5, 6.0  # of the waits between two looks, the latter times the first
_AT_ONCE = 256  # requests that are told before others may run
_FULL = "token_limit_exceeded"  # more tokens are queued than the account may have; nothing is wrong


class Carrier:
    """Carries batches. `made` counts those that the provider works at; `halve` is told that so many requests
    were too many."""

    def __init__(
        self,
        spool: Spool,
        provider: Provider,
        poll: float,
        note: Callable[[str], None],
        made: Callable[[], int],
        halve: Callable[[int], None],
    ) -> None:
        self._spool, self._provider, self._poll = spool, provider, poll
        self._note, self._made, self._halve = note, made, halve

    async def carry(self, batch: Batch) -> None:
        """Bring the batch from where its record stands to its answers.

        Raises:
            EngineUnreachable: the provider cannot be asked, or takes no such batch.
            MissingError: the disk is full.
        """
        record = batch.record
        while True:
            if record.batch is None:
                await self._make(record)
            told = await self._end(record)
            if told.status != "failed":
                break
            if not await self._is_made_again(batch, told):
                return
        await self._fetch(record, told)
        await self.tell(batch, f"the batch is {told.status}, and has no answer")

    async def recover(self, record: Record) -> bool:
        """Whether a batch was made of the record's file, of which nobody told us.

        If not, none will be: the file is deleted before the provider is asked once more, so that a request
        which is still on its way finds nothing to make a batch of.
        """
        told = await self._provider.find(record)
        if told is None:
            await self._provider.delete([record.file])
            told = await self._provider.find(record)
        if told is None:
            record.file = None
        else:
            self._is_made(record, told)
        return told is not None

    async def tell(self, batch: Batch, otherwise: str) -> None:
        """Tell each request what came of it, as the fetched files say."""
        name = batch.record.name
        results = await asyncio.to_thread(results_of, self._spool.results(name))
        if results.garbage:
            self._note(f"{name}: {results.garbage} lines of its answers say nothing")
        for at, (key, entry) in enumerate(batch.entries.items()):
            entry.tell(results.outcomes.get(key) or Passing(otherwise))
            if at % _AT_ONCE == 0:
                await asyncio.sleep(0)

    async def _make(self, record: Record) -> None:
        """Upload the requests, and make a batch of them."""
        wait, tries = self._poll, 0
        while record.batch is None:
            if record.file is None:
                path = self._spool.requests(record.name)
                record.file = await self._provider.upload(path, record.name)
                self._spool.save(record)  # before a batch is made of it, so that it can be found by it
            try:
                self._is_made(record, await self._provider.create(record))
            except Passing as trouble:
                self._note(f"{record.name}: no batch yet: {trouble}")
                tries += 1
                if tries > _TRIES and not self._made():
                    raise EngineUnreachable(
                        f"{self._provider.shown} makes no batch, however often it is asked: {trouble}. "
                        "Nothing that was not made is paid for: run again later"
                    ) from None
                await asyncio.sleep(wait if trouble.after is None else trouble.after)
                wait = self._longer(wait)
                if not isinstance(trouble, Busy):
                    await self.recover(record)

    def _is_made(self, record: Record, told: Told) -> None:
        record.batch, record.created = told.id, time.time()
        self._spool.save(record)
        self._note(f"{record.name}: {record.requests} requests are batch {told.id}")

    async def _end(self, record: Record) -> Told:
        """Wait until the provider is done with it."""
        wait = self._poll
        while not (told := await self._provider.look(record)).ended:
            await asyncio.sleep(wait)
            wait = self._longer(wait)
        self._note(f"{record.name}: {told.status}, {told.answered} of {record.requests} answered")
        return told

    async def _fetch(self, record: Record, told: Told) -> None:
        """Get the answers; once they are durable here, everything is deleted there."""
        output, errors = self._spool.results(record.name)
        if told.output:
            await self._provider.fetch(told.output, output, told.answered)
        if told.errors:
            await self._provider.fetch(told.errors, errors, 0)
        record.fetched = time.time()
        self._spool.save(record)
        await self._provider.delete([record.file, told.output, told.errors])

    async def _is_made_again(self, batch: Batch, told: Told) -> bool:
        """Whether a batch that was refused as a whole, at no cost, is tried as it is; else its requests are
        told what comes of them.

        Raises:
            EngineUnreachable: the next one would be refused, too.
        """
        record, entries = batch.record, list(batch.entries.values())
        why = "; ".join(f"{one.message} ({one.code})" for one in told.faults[:3]) or "it does not say why"
        bad = {one.line - 1: one for one in told.faults if one.line and one.line <= len(entries)}
        self._note(f"{record.name}: refused: {why}")
        await self._provider.delete([record.file])
        record.file = record.batch = None
        under_way = self._made()
        if any(one.code == _FULL for one in told.faults) and (under_way or len(entries) > 1):
            if under_way:
                self._spool.save(record)
                await self._fewer_than(under_way)
                return True
            self._halve(len(entries))
        elif not 0 < len(bad) < len(entries):
            self._spool.drop(record.name)
            raise EngineUnreachable(
                f"{self._provider.shown} refused a batch of {len(entries)} requests: {why}. Nothing of it is "
                "paid for. If it is too large, lower the engine's max_requests or max_bytes"
            )
        for line, one in bad.items():
            entries[line].tell(Rejected(400, one.message))
        self._spool.drop(record.name)
        batch.tell(Again())
        return False

    async def _fewer_than(self, batches: int) -> None:
        """Return when the provider works at less than so many."""
        while True:
            await asyncio.sleep(self._poll)
            if self._made() < batches:
                return

    def _longer(self, wait: float) -> float:
        return min(_GROWTH * wait, _LONGEST * self._poll)
