"""A worker: the chain of stages in an actor. It is given groups, and gives rows back; it knows no Ray."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress

import winnow
from winnow.pipelines.chain import Chain
from winnow.pipelines.local import plan_key, rules_of, stages_of
from winnow.pipelines.ray.resources import fitted
from winnow.pipelines.ray.wire import Aloft, Failed, Give, Job, Ready, Share, Took
from winnow.pipelines.run import collect_rarely, first_of_ours
from winnow.steps.errors import Exit, WinnowError
from winnow.steps.ledger.schema import Row
from winnow.steps.records import Choice, Group
from winnow.steps.sample.allocation import Allocation, prices_of
from winnow.steps.stage import Context, Halt

_ROWS = 2000  # are told at once, and twice as many make whoever has more wait
_LEAST, _MOST = 4, 256  # groups in the inbox: about what a second takes


class Worker:
    """Opened, then spoken to in turns until it is `over`, then closed. `wake` has it answer now."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._context = Context(run=job.run, put=self._put, more=self._more, workers=job.cpus)
        self._inbox, self._share, self._given = _Inbox(), Share(), asyncio.Event()
        self._due, self._room = asyncio.Event(), asyncio.Event()
        self._took, self._count = Took(), 0
        self._asked: dict[str, asyncio.Future[dict[str, Choice]]] = {}
        self._opened = AsyncExitStack()
        self._held, self._dry = 0, False  # groups; whether nothing was given last
        self._exhausted = False
        self._noted = 0.0
        self._policy: _Part | None = None
        self._chain: Chain | None = None
        self._running: asyncio.Task[None] | None = None

    async def open(self) -> Ready | Failed:
        """Start the engine, the verifiers and the scorers."""
        with suppress(OSError):  # where there is no such folder, what lies in it is missed by name
            os.chdir(self._job.folder)
        collect_rarely()
        try:
            self._chain = chain = await self._start()
        except (WinnowError, BaseExceptionGroup) as broken:
            await self.close()
            return _failed(broken)
        self._running = asyncio.create_task(self._run(chain))
        return Ready(chain.sampler.sampling, socket.gethostname(), winnow.__version__, chain.plan)

    async def _start(self) -> Chain:
        recipe, context = fitted(self._job.recipe, self._job.cpus), self._context
        rules = await asyncio.to_thread(rules_of, self._job.recipe)
        sampler, after = await asyncio.to_thread(stages_of, recipe)
        for stage in (sampler, *after):
            self._opened.push_async_callback(stage.close)
            await stage.open(context)
        context.exhausted = lambda: self._exhausted  # it is everybody's
        context.dry = lambda: self._dry and self._inbox.is_empty
        if recipe.sample.allocates:
            self._policy = _Part(recipe.sample, 0, sampler.engine.most, prices_of(recipe.sample))
            sampler.policy = self._policy
        plan = plan_key(self._job.recipe, sampler.sampling, rules)
        return Chain(sampler, after, plan, context, self._restore, self._ended)

    async def close(self) -> None:
        """End what was started."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        await self._opened.aclose()

    async def exchange(self, given: Give) -> Took:
        """Take what is given, work on it for a beat, and tell what came of it: sooner, if there is much to
        tell, or something to ask for."""
        self._take(given)
        with suppress(TimeoutError):
            async with asyncio.timeout(given.beat):
                await self._due.wait()
        self._due.clear()
        return self._told()

    def wake(self) -> None:
        """There is something for it: the exchange under way ends."""
        self._due.set()

    def _take(self, given: Give) -> None:
        context = self._context
        self._held += len(given.groups)
        self._dry = not given.groups
        self._inbox.put(given.groups)
        self._share, self._exhausted = given.share, given.exhausted
        if self._policy is not None:
            self._policy.allow(given.share.rows)
        for problem, choices in given.restored.items():
            self._asked.pop(problem).set_result(choices)
        if given.halt and context.halt is not Halt.INTERRUPTED:
            context.halt = given.halt
        if given.end:
            self._inbox.end()
        self._given.set()
        self._given.clear()
        if self._chain is not None:
            self._chain.wake()

    def _told(self) -> Took:
        told, self._took, self._count = self._took, Took(), 0
        self._room.set()
        self._room.clear()
        context, now = self._context, time.monotonic()
        told.wants, told.active = self._inbox.room(), self._held > 0
        told.counts = Counter(context.counts)
        spent = context.spent
        told.tokens, told.money = spent.tokens, spent.money
        told.judges = spent.judge_tokens, spent.judge_money
        told.kept = self._policy.kept if self._policy else None
        told.standings = list(context.standings())
        lines = sorted(line for line in [*context.recent, *context.lines()] if line[0] > self._noted)
        told.lines, self._noted = lines, lines[-1][0] if lines else self._noted
        flights = context.flights
        told.flights = [
            Aloft(one.source_id, now - one.since, one.at, now - one.moved) for one in flights.now()
        ]
        told.waited = dict(flights.waited)
        if self._running is not None and self._running.done():
            told.over = True
            if not self._running.cancelled() and (broken := self._running.exception()) is not None:
                told.failed = _failed(broken)
        return told

    async def _run(self, chain: Chain) -> None:
        try:
            await chain.run(self._inbox)
        finally:
            self._due.set()

    async def _put(self, table: str, rows: Sequence[Row]) -> None:
        self._took.rows.append((table, list(rows)))
        self._count += len(rows)
        if self._count >= _ROWS:
            self._due.set()
        if self._count >= 2 * _ROWS:
            await self._room.wait()

    def _ended(self, group: Group, done: bool) -> None:
        self._held -= 1
        self._took.ended.append((group.problem.id, done))
        if (self._inbox.is_low and not self._dry) or not self._held:
            self._due.set()

    async def _restore(self, group: Group) -> None:
        asked: asyncio.Future[dict[str, Choice]] = asyncio.get_running_loop().create_future()
        self._asked[group.problem.id] = asked
        self._took.lost.append(group.problem.id)
        self._due.set()
        choices = await asked
        for candidate in group.candidates:
            candidate.choice = choices[candidate.id]

    async def _more(self) -> None:
        """Wait until this worker may spend something, or nobody may."""
        if self._waits:
            self._due.set()
        while self._waits:
            await self._given.wait()

    @property
    def _waits(self) -> bool:
        halt = self._context.halt  # the target is no reason not to judge what was sampled
        return not (self._may_spend or self._exhausted or (halt and halt is not Halt.TARGET))

    @property
    def _may_spend(self) -> bool:
        share, spent = self._share, self._context.spent
        return (share.tokens is None or spent.tokens < share.tokens) and (
            share.money is None or spent.money < share.money
        )


class _Part(Allocation):
    """A policy that is told how many rows it may find, again and again; whether there are enough, is not for
    it to say."""

    def allow(self, rows: float | None) -> None:
        self._rows = rows

    @property
    def reached(self) -> bool:
        return False


class _Inbox:
    """An asynchronous iterator over groups that are given while it runs."""

    def __init__(self) -> None:
        self._groups: deque[Group] = deque()
        self._came = asyncio.Event()
        self._over = False
        self._taken, self._since, self._depth = 0, time.monotonic(), _LEAST

    def __aiter__(self) -> _Inbox:
        return self

    async def __anext__(self) -> Group:
        while not self._groups:
            if self._over:
                raise StopAsyncIteration
            self._came.clear()
            await self._came.wait()
        self._taken += 1
        return self._groups.popleft()

    def put(self, groups: Sequence[Group]) -> None:
        self._groups.extend(groups)
        self._came.set()

    def end(self) -> None:
        self._over = True
        self._came.set()

    @property
    def is_empty(self) -> bool:
        return not self._groups

    @property
    def is_low(self) -> bool:
        return not self._over and len(self._groups) < self._depth // 2

    def room(self) -> int:
        """How many more it takes: what is in it should last for about a second."""
        now = time.monotonic()
        if not self._groups:  # it was too little, however much it was
            self._depth = min(_MOST, 2 * self._depth)
        elif now - self._since > 1.0:
            self._depth = max(_LEAST, min(_MOST, int(self._taken / (now - self._since))))
        if now - self._since > 1.0:
            self._taken, self._since = 0, now
        return 0 if self._over else max(0, self._depth - len(self._groups))


def _failed(broken: BaseException) -> Failed:
    """What the user is told. A bug of ours is raised as it is."""
    told = first_of_ours(broken)
    if told is None:
        raise broken
    return Failed(str(told), Exit(told.code))
