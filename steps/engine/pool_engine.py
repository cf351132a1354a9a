"""Several engines as one: work goes to who is free, and nobody waits for one that is gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from winnow.steps.engine.counters import Counters
from winnow.steps.engine.endpoint import EndpointConfig
from winnow.steps.engine.managed import Managed
from winnow.steps.engine.member import Member
from winnow.steps.engine.notes import Notes
from winnow.steps.engine.pool import AnyMember, PoolConfig
from winnow.steps.engine.protocol import Engine, EngineUnreachable, Parameters, RequestFailed
from winnow.steps.engine.roster import members_of
from winnow.steps.engine.standing import ServerStanding
from winnow.steps.engine.transport import shown
from winnow.steps.errors import WinnowError
from winnow.steps.records import Choice, Problem, canonical

_Asked = asyncio.Task[Sequence[Choice]]
_TEND = 0.25  # seconds between looks at who is down
_LATE = 3.0  # times what a request usually takes
_ONCE = {"retries": 1, "patience": 0.0}  # of a member's own: another member is the better second try


class Pool:
    """An engine of engines. A request is cut into what each member takes at once; a part that fails goes to
    another member, and one that takes far longer than usual while others are idle is asked of one of them,
    too: whoever answers first counts. Both ask with the same seeds."""

    def __init__(self, config: PoolConfig, log_dir: Path | None) -> None:
        self.model = config.model
        self.counters = Counters()
        self._config, self._log_dir = config, log_dir
        self.notes = Notes(log_dir / "pool.log" if log_dir else None)
        self._members: dict[str, Member] = {}
        self._moved = asyncio.Event()
        self._waiting = 0
        self._alive = time.monotonic()  # when a member was up for the last time
        self._read = float("-inf")
        self._tasks: set[asyncio.Task[None]] = set()
        self._names: set[str] = set()

    @property
    def identity(self) -> str:
        """The model: who has it does not matter."""
        return canonical({"model": self.model, **self._config.spoken})

    @property
    def capacity(self) -> int:
        return max(1, sum(int(one.limit) for one in self._up()))

    @property
    def most(self) -> int:
        return max((one.most for one in self._up()), default=1)

    @property
    def standings(self) -> list[ServerStanding]:
        """Each member, as it is now."""
        return [one.standing for one in list(self._members.values())]

    async def start(self) -> None:
        """Start those that can be; the others are tried again while the run goes on.

        Raises:
            UsageError, MissingError: the file or the command with the members is broken.
            EngineUnreachable: nobody answers.
        """
        await self._refresh()
        await asyncio.gather(*(self._start(member) for member in self._members.values()))
        self._tasks.add(asyncio.create_task(self._tend()))
        end = time.monotonic() + self._config.patience
        while not self._up():
            if time.monotonic() >= end:
                nobody = self._nobody()
                await self.close()
                raise nobody
            await self._change(_TEND)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await asyncio.gather(*(member.close() for member in self._members.values()))
        self._members.clear()

    async def sample(self, problem: Problem, parameters: Parameters, start: int, n: int) -> Sequence[Choice]:
        """In parts, each to who is free. Where one fails for good, what came before it is kept."""
        parts: list[_Asked] = []
        asked: list[_Asked] = []
        try:
            at = start
            while at < start + n:
                member = await self._free()
                size = min(start + n - at, member.most)
                asked.append(self._ask(member, problem, parameters, at, size))
                parts.append(
                    asyncio.create_task(self._part(asked[-1], member, problem, parameters, at, size))
                )
                at += size
            found = await asyncio.gather(*parts, return_exceptions=True)
        finally:
            await _cancel(*parts, *asked)
        choices: list[Choice] = []
        for one in found:
            if isinstance(one, RequestFailed):
                self.counters.failures += 1
                one.choices = [*choices, *one.choices]
                raise one
            if isinstance(one, BaseException):
                raise one
            choices += one
        return choices

    async def _part(
        self, asked: _Asked, member: Member, problem: Problem, parameters: Parameters, start: int, n: int
    ) -> Sequence[Choice]:
        """One part, of which this member is asked already; where it fails in passing, by others."""
        got: list[Choice] = []
        tries = 0
        while True:
            self.counters.requests += 1
            try:
                got += await self._hedged(asked, member, problem, parameters, start + len(got), n - len(got))
            except RequestFailed as failure:
                got += failure.choices
                tries += 1
                if not failure.passing or tries > self._config.retries:
                    failure.choices = got
                    raise
                self.counters.retries += 1
                member = await self._free(instead_of=member)
                asked = self._ask(member, problem, parameters, start + len(got), n - len(got))
            else:
                self.counters.tokens_in += sum(one.prompt_tokens for one in got)
                self.counters.tokens_out += sum(one.tokens for one in got)
                return got

    async def _hedged(
        self, asked: _Asked, member: Member, problem: Problem, parameters: Parameters, start: int, n: int
    ) -> Sequence[Choice]:
        """What was asked, or the same of somebody idle where that takes too long."""
        all_asked = {asked}
        try:
            late = _LATE * usual if (usual := member.usual) is not None else None
            done, _ = await asyncio.wait(all_asked, timeout=late)
            while not done:
                if (other := self._idle(member)) is not None:
                    self.counters.hedges += 1
                    all_asked.add(self._ask(other, problem, parameters, start, n))
                    break
                done, _ = await asyncio.wait(all_asked, timeout=_TEND)
            return await _first(all_asked)
        finally:
            await _cancel(*all_asked)

    def _ask(self, member: Member, problem: Problem, parameters: Parameters, start: int, n: int) -> _Asked:
        """A task that asks this member; its part of the member's limit is taken from now on."""
        member.in_flight += n

        def done(_: _Asked) -> None:
            member.in_flight -= n
            if not member.is_up and member.trouble:
                self.notes(f"{member.name} is down: {member.trouble}")
            self._moved.set()

        asked = asyncio.create_task(member.sample(problem, parameters, start, n))
        asked.add_done_callback(done)
        return asked

    async def _free(self, instead_of: Member | None = None) -> Member:
        """Whoever has most room, once somebody has; another than `instead_of`, where there is one.

        Raises:
            EngineUnreachable: there was nobody for as long as the recipe's patience lasts.
        """
        self._waiting += 1
        try:
            while True:
                up = [one for one in self._up() if one.room >= 0]
                others = [one for one in up if one is not instead_of]
                if others or (up and len(self._up()) == 1):
                    return max(others or up, key=lambda one: one.room)
                if time.monotonic() - self._alive > self._config.patience:
                    raise self._nobody()
                await self._change(_TEND)
        finally:
            self._waiting -= 1

    def _idle(self, member: Member) -> Member | None:
        """Somebody else with nothing to do, while nobody waits."""
        if self._waiting:
            return None
        others = [one for one in self._up() if one is not member and one.room > 0.5]
        return max(others, key=lambda one: one.room, default=None)

    def _up(self) -> list[Member]:
        return [one for one in self._members.values() if one.is_up and not one.leaving]

    async def _change(self, seconds: float) -> None:
        self._moved.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._moved.wait()

    async def _tend(self) -> None:
        """Read the roster again, try again those that are down, and let go those that leave."""
        starting: dict[str, asyncio.Task[None]] = {}
        while True:
            if self._up():
                self._alive = time.monotonic()
            if time.monotonic() - self._read >= self._config.refresh:
                try:
                    await self._refresh()
                except WinnowError as broken:
                    self.notes(f"the members stay as they are: {broken}")
            for key, member in list(self._members.items()):
                if member.is_due and (key not in starting or starting[key].done()):
                    starting[key] = asyncio.create_task(self._start(member))
                    self._tasks.add(starting[key])
                    starting[key].add_done_callback(self._tasks.discard)
                if member.leaving and not member.in_flight:
                    self.notes(f"{member.name} left")
                    del self._members[key]
                    await member.close()
            await asyncio.sleep(_TEND)

    async def _start(self, member: Member) -> None:
        before = member.trouble
        if await member.start():
            self._alive = time.monotonic()
            self.notes(f"{member.name} is up, {int(member.limit)} at once")
        elif member.trouble != before:
            self.notes(f"{member.name} is not up: {member.trouble}")
        self._moved.set()

    async def _refresh(self) -> None:
        self._read = time.monotonic()
        if self._members and self._config.members_file is None and self._config.members_command is None:
            return
        declared = await asyncio.to_thread(members_of, self._config)
        for key, config in declared.items():
            if key not in self._members:
                self._members[key] = self._member(config)
            self._members[key].leaving = False
        for key, member in self._members.items():
            member.leaving = key not in declared

    def _member(self, config: AnyMember) -> Member:
        kind = shown(config.base_url) if isinstance(config, EndpointConfig) else config.type
        number = 1
        while (name := kind if number == 1 else f"{kind} #{number}") in self._names:
            number += 1
        self._names.add(name)
        folder = self._log_dir / f"member-{len(self._names)}" if self._log_dir else None

        same = {"api": self._config.api, "logprobs": self._config.logprobs}

        def make() -> Engine:
            if isinstance(config, EndpointConfig):
                return config.model_copy(update={**same, **_ONCE}).engine(self._log_dir)
            engine: Managed = config.model_copy(update=same).engine(folder)
            engine.asked |= _ONCE
            return engine

        return Member(name, make, config.prices)

    def _nobody(self) -> EngineUnreachable:
        told = "; ".join(f"{one.name}: {one.trouble or 'no room'}" for one in self._members.values())
        return EngineUnreachable(f"no member of the pool answers: {told or 'it has none'}")


async def _first(asked: set[_Asked]) -> Sequence[Choice]:
    """What the first that succeeds says; where all fail, the failure of the last."""
    left = set(asked)
    while True:
        done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
        for one in done:
            if one.exception() is None or not left:
                return one.result()


async def _cancel(*tasks: _Asked) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
