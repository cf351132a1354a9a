"""Verifiers in processes of their own: a verdict for every completion, whatever the completion does.

A completion that makes a verifier hang is ended by the deadline, one that brings its process down takes
nothing with it: both get the verdict `error`, and all others the verdict that they deserve.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from winnow.verifiers.process import Outcome, PoolError, Worker, batch_of
from winnow.verifiers.registry import load
from winnow.verifiers.shortcut import Key, Question, Shortcut
from winnow.verifiers.verdict import Verdict

__all__ = ["PoolError", "VerifierPool"]

Item = tuple[Mapping[str, Any], str]
Unit = tuple[bytes, str]

_MOST_ITEMS = 64  # a batch
_MOST_CHARACTERS = 2_000_000  # a batch
_MOST_TRIES = 3  # for a batch whose worker dies before it judges anything
_MEMORY = 2 * 1024**3
_SOON = 0.05  # seconds that a batch waits for a worker that is there before it has another one started


@dataclass(slots=True)
class _Asked:
    units: list[tuple[int, Unit]] = field(default_factory=list)
    keys: dict[int, Key | None] = field(default_factory=dict)
    places: list[int] = field(default_factory=list)
    verdicts: dict[int, Verdict] = field(default_factory=dict)


class VerifierPool:
    """A verifier at work in up to `workers` processes (by default one a CPU that we may use).

    The first is started with the pool, each further one when all are busy; `at_once` starts all of them, for
    whoever measures how long a verdict takes.

    `deadline` is in seconds and holds for each completion by itself; a verifier that keeps limits of its own
    may be given more; `memory` is the address space of a
    worker in bytes. `afresh` has every item judged by a worker, however often it was judged before: for
    finding out whether the verdict stays the same.

        async with VerifierPool({"type": "number"}) as pool:
            verdicts = await pool.judge([({"answer": 42}, "It is 42."), ({"answer": 42}, "It is 41.")])
    """

    def __init__(
        self,
        spec: Mapping[str, Any] | str,
        *,
        workers: int | None = None,
        deadline: float = 5.0,
        memory: int = _MEMORY,
        afresh: bool = False,
        at_once: bool = False,
    ) -> None:
        """Raises SpecError where the spec declares no verifier, ValueError where a number makes no sense."""
        if workers is not None and workers < 1:
            raise ValueError(f"workers is {workers}, expected 1 or more")
        if not 0 < deadline < float("inf"):
            raise ValueError(f"deadline is {deadline}, expected a number of seconds above 0")
        self.verifier = load(spec)
        self.deadline = max(deadline, self.verifier.deadline)
        self._shortcut = Shortcut(self.verifier, afresh=afresh)
        setup = {"spec": spec, "modules": sorted(self.verifier.modules), "memory": memory}
        self._setup = setup
        self._count = workers or usable_cpus()
        self._first = self._count if at_once else 1
        self._workers: list[Worker] = []
        self._idle: asyncio.Queue[Worker] = asyncio.Queue()
        self._unused: list[Worker] = []  # not started yet
        self._busy: set[asyncio.Task[Outcome]] = set()
        self._open = False

    async def start(self, workers: int | None = None) -> None:
        """Be ready to judge, by so many workers; after `close` with new ones. They end with the thread that
        calls this.

        Raises:
            PoolError: they do not start.
        """
        told = self._setup, self.deadline, self.verifier.fingerprint
        self._workers = [Worker(*told) for _ in range(workers or self._count)]
        first, self._unused = self._workers[: self._first], self._workers[self._first :]
        self._idle = asyncio.Queue()
        found = await asyncio.gather(*(worker.start() for worker in first), return_exceptions=True)
        if failed := next((one for one in found if one is not None), None):
            await self.close()
            raise failed
        for worker in first:
            self._idle.put_nowait(worker)
        self._open = True

    async def close(self) -> None:
        """End every worker. Calls of `judge` under way raise PoolError."""
        self._open = False
        if self._busy:
            for worker in self._workers:
                worker.kill()
            await asyncio.gather(*self._busy)
        await asyncio.gather(*(worker.close() for worker in self._workers))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def judge(self, items: Sequence[Item]) -> list[Verdict]:
        """The verdict of each item, in order; of items that must get the same verdict, one is judged.

        Those are, for a pure verifier, the same completions of a reference, and all that end in the same
        golden answer. Verdicts are remembered from call to call, errors are not.

        Calls take turns at the workers, batch by batch. One that is cancelled leaves its batch to be
        finished by the worker, which is then free for others.

        Raises:
            PoolError: the pool is not open.
        """
        self._check_open()
        asked = self._units(items)
        batches = list(_batches(asked.units))
        if len(batches) == 1:
            await self._judge_batch(batches[0], asked.verdicts)
        elif batches:
            waiting = iter(batches)

            async def lane() -> None:
                for batch in waiting:
                    await self._judge_batch(batch, asked.verdicts)

            await asyncio.gather(*(lane() for _ in range(min(len(batches), len(self._workers)))))
        for number, key in asked.keys.items():
            self._shortcut.keep(key, asked.verdicts[number])
        return [asked.verdicts[place] for place in asked.places]

    def _units(self, items: Sequence[Item]) -> _Asked:
        """What must be judged, numbered; the number for each item; verdicts that need no worker."""
        questions: dict[int, Question] = {}
        numbers: dict[Key, int] = {}
        asked = _Asked()
        for at, (reference, completion) in enumerate(items):
            # One object is one reference for the length of this call: a group of 64 has one.
            if id(reference) not in questions:
                questions[id(reference)] = self._shortcut.question(reference)
            question = questions[id(reference)]
            if question.told is None:
                asked.verdicts[at] = Verdict.error("the reference cannot be sent to another process")
                asked.places.append(at)
                continue
            key, known = self._shortcut.look(question, completion)
            number = at if key is None else numbers.setdefault(key, at)
            asked.places.append(number)
            if known is not None:
                asked.verdicts[number] = known
            elif number == at:
                asked.units.append((at, (question.told, completion)))
                asked.keys[at] = key
        return asked

    async def _judge_batch(self, batch: list[tuple[int, Unit]], verdicts: dict[int, Verdict]) -> None:
        owed = deque([(batch, 1)])
        while owed:
            units, tries = owed.popleft()
            outcome = await self._on_worker([unit for _, unit in units])
            verdicts.update(zip((number for number, _ in units), outcome.verdicts, strict=False))
            judged = len(outcome.verdicts)
            if not outcome.why:
                continue
            at = outcome.culprit
            if at is None:
                if outcome.edited and self._can_judge:
                    owed.appendleft((units, tries))  # for one of the others
                elif tries < _MOST_TRIES:
                    owed.appendleft((units[judged:], tries + 1))
                elif len(units) > 1:
                    # One of them ends the worker only after all were judged: alone, it takes nobody along.
                    owed.extend(([unit], _MOST_TRIES) for unit in units[judged:])
                else:
                    verdicts.update((number, Verdict.error(outcome.why)) for number, _ in units[judged:])
                continue
            culprit, rest = units[at], units[judged:at] + units[at + 1 :]
            if outcome.overdue:
                verdicts[culprit[0]] = Verdict.error(f"verifier exceeded its deadline of {self.deadline:g} s")
            elif len(units) == 1:
                verdicts[culprit[0]] = Verdict.error(outcome.why)
            else:
                # Whatever ended the worker may have meant another: the item is tried once more, by itself.
                owed.appendleft(([culprit], 1))
            if rest:
                owed.append((rest, 1))

    async def _on_worker(self, units: list[Unit]) -> Outcome:
        worker = await self._take()
        task = asyncio.create_task(self._exchange(worker, units))
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)
        outcome = await asyncio.shield(task)
        self._check_open()
        return outcome

    async def _take(self) -> Worker:
        self._check_open()
        worker = await self._next()
        if not self._open:
            self._idle.put_nowait(worker)  # wakes the next who waits in vain
        self._check_open()
        return worker

    async def _next(self) -> Worker:
        """One that is idle; where none is for a while, one that judging will start."""
        if self._unused and self._idle.empty():
            with suppress(TimeoutError):
                async with asyncio.timeout(_SOON):
                    return await self._idle.get()
            if self._unused:
                return self._unused.pop()
        return await self._idle.get()

    async def _exchange(self, worker: Worker, units: list[Unit]) -> Outcome:
        outcome = Outcome()
        try:
            outcome = await worker.judge(batch_of(units), len(units))
        finally:
            if outcome.edited:
                self._unused.clear()  # they would find the same
            if not outcome.edited or not self._can_judge:
                self._idle.put_nowait(worker)
        return outcome

    @property
    def _can_judge(self) -> bool:
        return any(worker.is_live for worker in self._workers)

    def _check_open(self) -> None:
        if not self._open:
            raise PoolError("the pool of verifiers is not open")


def usable_cpus() -> int:
    """How many CPUs this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _batches(units: list[tuple[int, Unit]]) -> Iterator[list[tuple[int, Unit]]]:
    batch: list[tuple[int, Unit]] = []
    characters = 0
    for unit in units:
        length = len(unit[1][1])
        if batch and (len(batch) == _MOST_ITEMS or characters + length > _MOST_CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(unit)
        characters += length
    if batch:
        yield batch
