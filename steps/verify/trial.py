"""Trying a verifier: completions of which it is known how they must be judged, each judged several times."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Self

from winnow.steps.errors import MissingError
from winnow.verifiers import PoolError, Status, Verdict, Verifier, VerifierPool
from winnow.verifiers.pool import usable_cpus

GOLD = "gold"
"""The kind of a trial that must pass; every other kind without a label must fail."""
_CHUNK = 512


@dataclass(slots=True)
class Trial:
    """A completion, how its verdict must be (`right`), and what the verdicts were.

    `seconds` is the time of each, from the question to the answer, the way to the worker and back included.
    """

    where: str
    kind: str
    right: bool
    verifier: Verifier
    reference: Mapping[str, Any]
    completion: str
    verdicts: list[Verdict] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        return self.verdicts[0]

    @property
    def flipped(self) -> bool:
        """Whether the same question got different answers."""
        return len({verdict.status for verdict in self.verdicts}) > 1

    @property
    def agrees(self) -> bool:
        return self.verdict.status is (Status.PASS if self.right else Status.FAIL)


class Bench:
    """Workers for every verifier that is tried, started when it first is."""

    def __init__(self, deadline: float = 5.0) -> None:
        self._deadline = deadline
        self._pools: dict[str, VerifierPool] = {}
        self._open = AsyncExitStack()
        self._lanes = asyncio.Semaphore(usable_cpus())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def run(self, trials: Iterable[Trial], repeats: int) -> AsyncIterator[Trial]:
        """Judge every trial `repeats` times, one by one on each worker so that its time is its own.

        Raises:
            MissingError: a verifier's workers do not start.
        """
        waiting = iter(trials)
        while chunk := await asyncio.to_thread(_take, waiting):
            for trial in chunk:
                await self._pool(trial.verifier)
            await asyncio.gather(*(self._judge(trial, repeats) for trial in chunk))
            for trial in chunk:
                yield trial

    async def _judge(self, trial: Trial, repeats: int) -> None:
        pool = await self._pool(trial.verifier)
        for _ in range(repeats):
            async with self._lanes:
                began = time.perf_counter()
                trial.verdicts += await pool.judge([(trial.reference, trial.completion)])
                trial.seconds.append(time.perf_counter() - began)

    async def _pool(self, verifier: Verifier) -> VerifierPool:
        key = verifier.fingerprint
        if key not in self._pools:
            pool = VerifierPool(verifier.declared, deadline=self._deadline, afresh=True, at_once=True)
            try:
                self._pools[key] = await self._open.enter_async_context(pool)
            except PoolError as broken:
                raise MissingError(f"the verifier {verifier.name!r} cannot be started: {broken}") from None
        return self._pools[key]


def _take(trials: Iterator[Trial]) -> list[Trial]:
    return list(islice(trials, _CHUNK))
