"""The driver of a run on Ray: it reads source and ledger, gives groups out, and commits what comes back."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import winnow
from winnow.pipelines.ahead import Ahead
from winnow.pipelines.local import LocalRunner, plan_key
from winnow.pipelines.ray.hands import Cluster, Hand, Lost
from winnow.pipelines.ray.shares import Shares
from winnow.pipelines.ray.wire import Failed, Give, Job, Ready, Share, Took
from winnow.steps.engine.standing import ServerStanding
from winnow.steps.errors import Exit, MissingError, UsageError, WinnowError
from winnow.steps.flights import Flight, Flights
from winnow.steps.ledger import LedgerWriter
from winnow.steps.ledger.resume import histories
from winnow.steps.ledger.schema import Sampling, event_row
from winnow.steps.records import Choice, Group, Problem
from winnow.steps.sample.sampler import Sampler, is_spent
from winnow.steps.stage import Halt, Stage

_READ_AHEAD = 1024  # groups
_LOOK = 2.0  # seconds between two looks at how many workers there could be
_BEAT = 0.25  # seconds
_CALLS = 400  # exchanges a second, of all workers
_DEATHS = 3  # one after another, and none of the others brought anything meanwhile


@dataclass(slots=True)
class _Hired:
    """A worker, what it was given and has not ended, and what it told last."""

    number: int
    name: str
    hand: Hand
    problems: dict[str, Problem] = field(default_factory=dict)
    restored: dict[str, dict[str, Choice]] = field(default_factory=dict)
    last: Took = field(default_factory=Took)
    heard: float = 0.0
    dry: bool = False  # it wanted groups, and there were none
    ready: bool = False


@dataclass(slots=True)
class RayRunner(LocalRunner):
    """Runs one recipe over one ledger, on the workers of a cluster.

    `join` is entered once something is owed, with the recipe's need of a worker known to it. The ledger has
    one writer, this process; what a worker that is lost had not told is owed again, as the ledger has it.
    """

    join: Callable[[], AbstractContextManager[Cluster]] = field(kw_only=True)
    cpus: int = field(default=1, kw_only=True)  # of a worker
    _hired: dict[int, _Hired] = field(default_factory=dict)
    _waiting: deque[Group] = field(default_factory=deque)
    _read: bool = False  # the source, to its end
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _taken: asyncio.Event = field(default_factory=asyncio.Event)
    _deaths: int = 0
    _numbers: int = 0
    _sampling: asyncio.Future[Sampling] | None = None
    _tokens: Shares | None = None
    _money: Shares | None = None
    _rows: Shares | None = None

    async def _through(
        self,
        sampler: Sampler,
        after: list[Stage],
        early: Sampling,
        owed: Ahead | None,
        writer: LedgerWriter,
    ) -> Sampling:
        self.context.standings, self.context.flights = self._standings, _Aloft(self)
        first = self._sampling = asyncio.get_running_loop().create_future()
        with self.join() as cluster:
            async with asyncio.TaskGroup() as tasks:
                keeper = tasks.create_task(self._keep(cluster, tasks, writer))
                over = tasks.create_task(self._over.wait())
                await asyncio.wait({first, over}, return_when=asyncio.FIRST_COMPLETED)
                if first.done():
                    self._begin(first.result())
                    self._limit(first.result())
                    groups = owed or self._ahead(first.result(), writer)
                    feeder = tasks.create_task(self._feed(groups))
                    over.add_done_callback(lambda _: feeder.cancel())
                await over
                keeper.cancel()
            if first.done():
                await self._at_the_end(writer)
            await writer.flush()  # before the cluster is left: that may go wrong
        return first.result() if first.done() else early

    @property
    def _is_interrupted(self) -> bool:
        return self.context.halt is not None and self.context.halt.at_once

    def _limit(self, sampling: Sampling) -> None:
        """Budget and target, as what is given out in shares."""
        config, spent = self.recipe.sample, self.context.spent
        budget = config.budget
        if budget and budget.tokens is not None:
            self._tokens = Shares(budget.tokens, spent.tokens)
        if budget and budget.money is not None:
            self._money = Shares(budget.money, spent.money)
        if config.allocates:
            self.context.rows = self._kept(sampling)
        if config.target:
            self._rows = Shares(config.target.rows, self.context.rows or 0)
        self._see_limits()

    def _see_limits(self) -> None:
        context = self.context
        if self._rows is not None and self._rows.reached:
            context.halt = context.halt or Halt.TARGET
        if self._is_exhausted:
            context.halt = context.halt or Halt.BUDGET

    @property
    def _is_exhausted(self) -> bool:
        """Whether the budget is spent; also where no share of it is left, since sums of money may differ in
        their last digit by their order, and then everybody would wait for ever."""
        limits = (self._tokens, self._money)
        return is_spent(self.recipe.sample.budget, self.context) or any(one and one.reached for one in limits)

    # Workers come and go.

    async def _keep(self, cluster: Cluster, tasks: asyncio.TaskGroup, writer: LedgerWriter) -> None:
        """Have as many workers as there is room for."""
        while True:
            for _ in range(await cluster.room() - len(self._hired)):
                self._numbers += 1
                job = Job(self.recipe, self.context.run, str(Path.cwd()), self.cpus)
                one = _Hired(self._numbers, f"worker {self._numbers}", cluster.hire(job))
                self._hired[one.number] = one
                tasks.create_task(self._employ(one, writer))
            await self._look()

    async def _look(self) -> None:
        """Wait until it is time to look again; an interruption is seen at once."""
        end = time.monotonic() + _LOOK * (1 + self._deaths)
        while time.monotonic() < end:
            await asyncio.sleep(_BEAT)
            if self._is_interrupted:
                self._settled()
                self._wake()

    async def _employ(self, one: _Hired, writer: LedgerWriter) -> None:
        """A worker from its beginning to its end; where it is lost, what it had is owed again."""
        try:
            opening = asyncio.ensure_future(one.hand.open())
            ending = asyncio.ensure_future(self._over.wait())
            await asyncio.wait({opening, ending}, return_when=asyncio.FIRST_COMPLETED)
            ending.cancel()
            if not opening.done():
                opening.cancel()
                return
            self._welcome(one, opening.result())
            while not one.last.over:
                took = await one.hand.exchange(self._give(one))
                await self._take(one, took, writer)
        except Lost as gone:
            await self._lost(one, str(gone), writer)
        finally:
            del self._hired[one.number]
            for shares in (self._tokens, self._money, self._rows):
                if shares is not None:
                    shares.leave(one.name)
            self._settled()
            if one.ready:
                await one.hand.close()
            else:
                one.hand.kill()

    def _welcome(self, one: _Hired, ready: Ready | Failed) -> None:
        """The first one says who answers, and all others must say the same."""
        sampling = self._sampling
        assert sampling is not None
        if isinstance(ready, Failed):
            if sampling.done():  # elsewhere it works
                raise Lost(ready.why)
            raise _error(ready.code, ready.why)
        one.name = f"{ready.host} {one.name}"
        if ready.version != winnow.__version__:
            raise MissingError(
                f"{one.name} has winnow {ready.version}, and the driver {winnow.__version__}: install "
                "the same on every node"
            )
        if not sampling.done():
            sampling.set_result(ready.sampling)
        elif sampling.result() != ready.sampling:
            raise MissingError(
                f"{one.name} would sample otherwise than the others, from other weights of "
                f"{ready.sampling.model!r} or by another table of a search: have the same files on every node"
            )
        if ready.plan != plan_key(self.recipe, ready.sampling, self._rules):
            raise MissingError(
                f"{one.name} would judge by other code than the driver: have the files that the recipe "
                "names, and what they import, on every node in the same versions"
            )
        one.ready = True
        self.context.note(f"{one.name} is ready")

    async def _lost(self, one: _Hired, why: str, writer: LedgerWriter) -> None:
        self._deaths += 1
        self.context.note(f"{one.name} is lost, {len(one.problems)} problems are given anew: {why}")
        told = {"why": why, "problems": len(one.problems)}
        await writer.put("events", [event_row("worker_lost", one.name, told, self.context.run)])
        if self._deaths >= _DEATHS + len(self._hired):
            raise MissingError(
                f"{self._deaths} workers were lost, one after another, and nothing came of it; "
                f"the last one: {one.name}: {why}"
            )
        if one.problems and not self._is_interrupted:
            await writer.flush()
            problems = list(one.problems.values())
            assert self._sampling is not None
            again = await self._with_past(problems, list(one.problems), self._sampling.result())
            self._waiting.extendleft(again)
            self._wake()

    # Groups go out.

    async def _feed(self, groups: Ahead) -> None:
        """Read ahead what is owed. Where nothing may be asked any more, what was sampled is still judged."""
        async for group in groups:
            if self.context.halt and not group.candidates:
                continue
            self._waiting.append(group)
            self._wake()
            while len(self._waiting) >= _READ_AHEAD:
                self._taken.clear()
                await self._taken.wait()
        self._read = True
        self._settled()

    def _give(self, one: _Hired) -> Give:
        ready = sum(each.ready for each in self._hired.values())
        given = Give(halt=self.context.halt, beat=max(_BEAT, ready / _CALLS))
        wants = 0 if self._is_interrupted else min(one.last.wants, 1 + len(self._waiting) // ready)
        while self._waiting and len(given.groups) < wants:
            group = self._waiting.popleft()
            if self.context.halt and not group.candidates:
                continue
            one.problems[group.problem.id] = group.problem
            given.groups.append(group)
        one.dry = bool(one.last.wants) and not given.groups
        self._taken.set()
        given.restored, one.restored = one.restored, {}
        given.share = self._share(one, ready, idle=not (one.last.active or given.groups))
        given.end = self._over.is_set()
        given.exhausted = self._is_exhausted
        return given

    def _share(self, one: _Hired, among: int, *, idle: bool) -> Share:
        last, share = one.last, Share()
        if self._tokens is not None:
            share.tokens = self._tokens.take(one.name, last.tokens, among, idle=idle)
        if self._money is not None:
            share.money = self._money.take(one.name, last.money, among, idle=idle)
        if self._rows is not None:
            share.rows = self._rows.take(one.name, last.kept or 0, among, idle=idle)
        return share

    def _wake(self) -> None:
        """Have those answer now who wait for something."""
        for one in self._hired.values():
            if one.ready and (one.dry or self.context.halt or self._over.is_set()):
                one.dry = False
                one.hand.wake()

    def _settled(self) -> None:
        """See whether all is done: then no group will follow."""
        rest = self._waiting or any(one.problems for one in self._hired.values())
        if not self._over.is_set() and (self._is_interrupted or (self._read and not rest)):
            self._over.set()
            self._wake()

    # Rows come back.

    async def _take(self, one: _Hired, took: Took, writer: LedgerWriter) -> None:
        context, before, one.last, one.heard = self.context, one.last, took, time.monotonic()
        for table, rows in took.rows:
            await writer.put(table, rows)
        if took.rows:
            self._deaths = 0
        for problem, done in took.ended:
            one.problems.pop(problem, None)
            if done:
                self.progress.done()
        _add(context.counts, took.counts, before.counts)
        context.spent.tokens += took.tokens - before.tokens
        context.spent.money += took.money - before.money
        context.spent.judge_tokens += took.judges[0] - before.judges[0]
        context.spent.judge_money += took.judges[1] - before.judges[1]
        if took.kept is not None and context.rows is not None:
            context.rows += took.kept - (before.kept or 0)
        for place, seconds in took.waited.items():
            context.flights.waited[place] += seconds - before.waited.get(place, 0.0)
        for at, text in took.lines:
            context.recent.append((at, f"{one.name}: {text}"))
        if took.lost:
            await self._restore_for(one, took.lost, writer)
        if took.failed is not None:
            raise (
                Lost(took.failed.why)
                if took.failed.code is Exit.MISSING
                else _error(took.failed.code, took.failed.why)
            )
        halted = context.halt
        for shares, told in ((self._tokens, took.tokens), (self._money, took.money), (self._rows, took.kept)):
            if shares is not None:
                shares.had_by(one.name, told or 0)
        self._see_limits()
        self._settled()
        if context.halt is not halted:
            self._wake()

    async def _restore_for(self, one: _Hired, problems: list[str], writer: LedgerWriter) -> None:
        """Texts that a worker let go of while their groups waited."""
        await writer.flush()
        assert self._sampling is not None
        sampling = self._sampling.result()
        told = await asyncio.to_thread(histories, self.ledger, problems, sampling, self._verifier)
        for problem in problems:
            one.restored[problem] = {each.id: each.choice for each in told[problem]}

    # How the run stands.

    def _standings(self) -> list[ServerStanding]:
        return [
            ServerStanding(
                f"{server.name} on {one.name}",
                server.up,
                server.in_flight,
                server.limit,
                server.counters,
                server.trouble,
            )
            for one in list(self._hired.values())
            for server in one.last.standings
        ]


class _Aloft(Flights):
    """The groups on their way at all workers, as these told last."""

    def __init__(self, runner: RayRunner) -> None:
        super().__init__()
        self._runner = runner

    def now(self) -> list[Flight]:
        found = [
            Flight(each.source_id, one.heard - each.age, each.at, one.heard - each.stays)
            for one in list(self._runner._hired.values())
            for each in one.last.flights
        ]
        return sorted(found, key=lambda one: one.since)


def _add(counts: Counter[str], now: Counter[str], before: Counter[str]) -> None:
    for key, count in now.items():
        counts[key] += count - before[key]


def _error(code: Exit, why: str) -> WinnowError:
    return UsageError(why) if code is Exit.USAGE else MissingError(why)
