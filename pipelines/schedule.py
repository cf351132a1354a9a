"""Which group's round is next: the source's, or that of one which was begun; and when to wait for those in
flight."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

from winnow.steps.records import Group
from winnow.steps.sample.frontier import Frontier
from winnow.steps.sample.sampler import Sampler

_OWED = float("inf")  # more urgent than anything that costs


class Schedule:
    """An asynchronous iterator over groups, each owed one round: the most urgent first, so many at once.

    Whoever takes a group advances it by the round that was begun, inside of `round`, and gives it back by
    `later` where it is owed another. A problem is read from the source when it is more urgent than whatever
    was begun. At most `most` groups are taken at once, or as many as an engine says whose answers come hours
    later; `left` is told of each that comes when nothing may be asked any more.
    """

    def __init__(
        self, sampler: Sampler, source: AsyncIterator[Group], most: int, left: Callable[[Group], None]
    ) -> None:
        self._sampler, self._source, self._left = sampler, source, left
        self._deferred = sampler.context.deferred
        self._groups = self._deferred.groups if self._deferred else most
        self._waiting = Frontier()
        self._running = self._asked = 0  # groups, and completions for them
        self._moved = asyncio.Event()
        self._coming: asyncio.Future[Group | None] | None = None  # of the source
        self._read = False  # to its end

    def __aiter__(self) -> AsyncIterator[Group]:
        return self

    async def __anext__(self) -> Group:
        context, policy = self._sampler.context, self._sampler.policy
        while not (context.halt and context.halt.at_once):
            if self._is_full or (policy.holds and not context.halt):
                await self._change()
            elif self._is_missing and not self._is_first(_OWED):
                await self._pull()
            elif self._is_first(float("-inf") if context.halt or context.dry() else policy.fresh):
                return self._taken()
            elif not self._read:
                await self._pull()
            elif self._running:
                await self._change()
            else:
                break
        if self._coming is not None:
            self._coming.cancel()
        raise StopAsyncIteration

    def wake(self) -> None:
        """Look again: what the policy or the context says has changed."""
        self._moved.set()

    def later(self, group: Group) -> None:
        """The group is owed another round, when its turn comes."""
        if self._sampler.config.allocates:  # it may wait long, and so may many others
            for candidate in group.candidates:
                candidate.forget()
        self._push(group)

    @contextmanager
    def round(self, group: Group) -> Iterator[None]:
        """Around the work on a group that was taken."""
        size = group.goal - group.done
        try:
            yield
        finally:
            self._running -= 1
            self._asked -= size
            self._moved.set()

    @property
    def _is_full(self) -> bool:
        capacity = self._sampler.engine.capacity
        if self._deferred:
            return self._asked >= capacity or self._running >= self._groups
        # A few more than the engine takes at once: while some are judged, it has others.
        most = max(1, min(capacity + max(8, capacity // 4), self._groups))
        return (self._asked if self._sampler.config.allocates else self._running) >= most

    def _is_first(self, fresh: float) -> bool:
        return len(self._waiting) > 0 and (self._read or self._waiting.urgency >= fresh)

    def _taken(self) -> Group:
        group, policy = self._waiting.pop(), self._sampler.policy
        self._running += 1
        policy.rival = max(self._waiting.urgency, float("-inf") if self._read else policy.fresh)
        policy.spread = self._sampler.engine.capacity // (self._running + len(self._waiting))
        policy.begin(group)
        if self._sampler.config.allocates and group.goal > group.done:
            group.goal += self._sampler.paid_for(group.problem, group.goal)
        self._asked += group.goal - group.done
        return group

    async def _pull(self) -> None:
        """Take the next group from the source, or wait for it until something else has moved."""
        if self._coming is None:
            self._coming = asyncio.ensure_future(self._next())
            self._coming.add_done_callback(lambda _: self._moved.set())
        if not self._coming.done():
            await self._change()
            return
        group, self._coming = self._coming.result(), None
        if group is None:
            self._read = True
        elif group.candidates or not self._sampler.context.halt or self._is_owed(group):
            # where nothing may be asked any more, what was sampled is still judged
            self._push(group)
        else:
            self._left(group)

    async def _next(self) -> Group | None:
        return await anext(self._source, None)

    def _push(self, group: Group) -> None:
        self._waiting.push(group, _OWED if self._is_owed(group) else self._sampler.policy.urgency(group))

    def _is_owed(self, group: Group) -> bool:
        """Whether there are answers for it that are paid for."""
        return self._deferred is not None and self._deferred.owes(group.problem.id)

    @property
    def _is_missing(self) -> bool:
        """Whether one for whom there are may still be in the source: it comes before others are asked."""
        allocates = self._sampler.config.allocates
        return allocates and not self._read and self._deferred is not None and self._deferred.owed > 0

    async def _change(self) -> None:
        self._moved.clear()
        await self._moved.wait()
