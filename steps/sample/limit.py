"""A limit on completions in flight: a request for eight weighs eight."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Limit:
    """First come, first served, so that a large request is not overtaken for ever by small ones."""

    def __init__(self, capacity: Callable[[], int]) -> None:
        self._capacity = capacity  # now: it may change
        self._held = 0
        self._queue: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def held(self) -> int:
        """How much is in flight."""
        return self._held

    @asynccontextmanager
    async def of(self, weight: int) -> AsyncIterator[None]:
        """Hold `weight` of the capacity; more than all of it counts as all of it."""
        weight = min(weight, self._capacity())
        await self._take(weight)
        try:
            yield
        finally:
            self._give(weight)

    async def _take(self, weight: int) -> None:
        if not self._queue and self._fits(weight):
            self._held += weight
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((weight, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # its turn came just then
                self._give(weight)
            raise

    def _give(self, weight: int) -> None:
        self._held -= weight
        while self._queue and self._fits(self._queue[0][0]):
            next_weight, turn = self._queue.popleft()
            if not turn.cancelled():
                self._held += next_weight
                turn.set_result(None)

    def _fits(self, weight: int) -> bool:
        return self._held == 0 or self._held + weight <= self._capacity()
