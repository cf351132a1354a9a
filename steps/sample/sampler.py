"""Sampling: ask the engine for what a group is owed, judge it, and ask again until enough is known."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeVar

from winnow.steps.engine.deferred import Deferred, StillOut
from winnow.steps.engine.protocol import Engine, Parameters, RequestFailed, fingerprint_of
from winnow.steps.engine.standing import Several, lines_of, standings_of
from winnow.steps.errors import MissingError
from winnow.steps.flights import At
from winnow.steps.ledger.clock import now
from winnow.steps.ledger.schema import Sampling, completion_row, event_row
from winnow.steps.records import Candidate, Choice, Group, Problem, canonical, key_of
from winnow.steps.sample.config import Budget, SampleConfig
from winnow.steps.sample.continuing import Habits, going_on, habits_of
from winnow.steps.sample.foresight import Foresight
from winnow.steps.sample.limit import Limit
from winnow.steps.sample.policy import InTurn, Policy, first
from winnow.steps.stage import Context, Halt
from winnow.steps.verify.judge import Judge

T = TypeVar("T")


class Sampler:
    """The stage that asks: it starts and stops the recipe's engine, and its judge where `until` needs one."""

    def __init__(self, config: SampleConfig, verifier: Mapping[str, Any] | None = None) -> None:
        self.config = config
        self.ways = config.ways
        self.judge = Judge(verifier) if verifier is not None else None
        self.context = Context()
        self._engine: Engine | None = None
        self._sampling: Sampling | None = None
        self._limit = Limit(lambda: 1)
        self._starting, self._started = asyncio.Lock(), False
        self.policy: Policy = InTurn(config)
        self.continues = False
        """Whether somebody goes on with half an answer, and what ends a step of it, if anything does."""
        self.separator = ""
        self.habits = Habits()
        """What the engine does then; known once it has started."""

    def identify(self, context: Context) -> Sampling:
        """What the completions will have in common, by what is known before the engine starts: one that
        fetches its model may know better afterwards.

        Raises:
            MissingError: the model, or something that the engine's part of the recipe names, is not there.
        """
        self._engine = self._engine or self.config.engine.engine(context.log_dir)
        if isinstance(self._engine, Deferred):
            context.deferred = self._engine
        return self._told(self._engine)

    async def open(self, context: Context, known: Sampling | None = None) -> None:
        """Start the engine and the judge.

        Where it is `known` what the completions have in common, one server is started once it is owed a
        question: what is only judged or scored anew needs none.

        Raises:
            MissingError: one of them cannot be started.
        """
        self.context = context
        context.exhausted = lambda: is_spent(self.config.budget, context)
        self._engine = engine = self._engine or self.config.engine.engine(context.log_dir)
        if self.judge is not None:
            await self.judge.open(context)
        context.standings = lambda: standings_of(engine, self._limit.held)
        context.lines = lambda: lines_of(engine)
        if known is None or isinstance(engine, Deferred | Several):
            await self.start()
        if isinstance(engine, Deferred):
            context.deferred = engine
            foresight = Foresight(self.config, context)
            self._limit = Limit(lambda: foresight.most(engine.capacity))
        else:
            self._limit = Limit(lambda: engine.capacity)
        self._sampling = known or self._told(engine)

    async def start(self) -> None:
        """Start the engine, unless it runs: whoever asks for something does so first."""
        async with self._starting:
            if not self._started:
                await self.engine.start()
                await self.get_to_know()
                self._started = True
                if self._sampling is not None and self._told(self.engine) != self._sampling:
                    raise MissingError(
                        f"the engine's model {self.engine.model!r} changed while it was started"
                    )

    async def get_to_know(self) -> None:
        """Find out how the engine goes on with half an answer, where somebody does. A plain text always is.

        Raises:
            MissingError: it cannot do that.
        """
        if self.continues and self._chats:
            self.habits = await habits_of(self.engine, self.ways[0], self.separator)

    @property
    def _chats(self) -> bool:
        return getattr(self.config.engine, "api", "chat") == "chat"

    def going_on(self, way: Parameters) -> Parameters:
        """Parameters that ask for what comes after the last message."""
        return going_on(way) if self._chats else way

    def _told(self, engine: Engine) -> Sampling:
        return Sampling(
            engine=key_of("engine", engine.identity),
            parameters=fingerprint_of(self.ways),
            model=engine.model,
            told=tuple(canonical(way.told) for way in self.ways),
        )

    async def close(self) -> None:
        """Stop what was started, also after an `open` that failed half way."""
        try:
            if self._engine is not None:
                await self._engine.close()
        finally:
            if self.judge is not None:
                await self.judge.close()

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            raise RuntimeError("the sampler is not open: call open() before the first group")
        return self._engine

    @property
    def sampling(self) -> Sampling:
        """What the completions of this run have in common; known once the engine has started."""
        if self._sampling is None:
            raise RuntimeError("the sampler is not open: call open() before the first group")
        return self._sampling

    async def on_group(self, group: Group) -> Group:
        """Bring the group to where its plan says that nothing more is owed, or to where asking must end.

        Afterwards `group.complete` tells which of the two it was.
        """
        more = True
        while more:
            self.policy.begin(group)
            more = await self.advance(group)
        return group

    async def advance(self, group: Group) -> bool:
        """Ask for the round that the policy has begun, and judge it where the next depends on it.

        Returns:
            Whether another is owed.
        """
        try:
            failed = await self._round(group, group.done, group.goal)
            if self.judge is not None:
                await self.judge.on_group(group)
            group.done = group.goal
        finally:
            self.policy.end(group)
            self.context.rows = self.policy.kept
            if self.policy.reached:
                self.context.halt = self.context.halt or Halt.TARGET
        if failed:
            group.complete = False
        if failed or len(first(group, group.done)) < group.done:
            return False  # an engine that has no more to give is done, too
        return self.policy.owes(group)

    async def _round(self, group: Group, start: int, goal: int) -> bool:
        """Ask for the indices from `start` to `goal` that the group lacks.

        Returns:
            Whether a request was not made or failed, so that completions stay owed.
        """
        self.context.flights.move(group.problem.id, At.ENGINE)
        have = {candidate.index for candidate in group.candidates}
        missing = [index for index in range(start, goal) if index not in have]
        if not missing:
            return False
        if not self.context.halt:
            await self.start()
        asked = [
            self._ask(group.problem, way, first, n)
            for way in self.ways
            for first, n in requests(_numbers(missing, way), self.engine.most)
        ]
        answers = await all_or_none(asked)
        group.candidates += [candidate for found, _ in answers for candidate in found]
        group.candidates.sort(key=lambda candidate: candidate.index)
        return any(failed for _, failed in answers)

    async def _ask(
        self, problem: Problem, way: Parameters, first: int, n: int
    ) -> tuple[list[Candidate], bool]:
        """One request: what it brought, and whether it was not made or failed for good."""
        context = self.context
        choices, failed = await self.request(problem, problem, way, first, n)
        sampling, at = self.sampling, now()
        candidates = [
            Candidate(sampling.key(problem.id, index := way.place(number)), index, choice)
            for number, choice in enumerate(choices, first)
        ]
        context.counts["completions"] += len(candidates)
        rows = [completion_row(problem.id, one, sampling, context.run, at) for one in candidates]
        await context.put("completions", rows)
        return candidates, failed

    async def request(
        self, problem: Problem, asked: Problem, way: Parameters, first: int, n: int, *, late: bool = False
    ) -> tuple[list[Choice], bool]:
        """One request, on behalf of a problem, for what the engine is `asked`: what it brought, and whether
        it was not made or failed for good. What it took is counted as spent. A `late` one is made although
        the target is reached."""
        context = self.context
        async with self._limit.of(n):
            if context.more is not None:
                await context.more()
            if context.exhausted():
                context.halt = context.halt or Halt.BUDGET
            wanted, n = n, self._allowed(problem, way, first, n, late)
            if not n:
                return [], True
            failed = n < wanted
            try:
                choices: Sequence[Choice] = await self.engine.sample(asked, way, first, n)
            except RequestFailed as failure:
                failed, choices = True, failure.choices  # what came before it failed was paid for
                context.counts["failed"] += n - len(choices)
                context.note(f"a request failed: {failure}")
                told = {"first": way.place(first), "n": n, "why": str(failure)}
                await context.put("events", [event_row("request_failed", problem.id, told, context.run)])
            except StillOut:
                return [], True
        if (prices := self.config.engine.prices) is not None:
            choices = [choice if choice.cost is not None else prices.paid(choice) for choice in choices]
        context.spent.tokens += sum(choice.tokens + choice.prompt_tokens for choice in choices)
        context.spent.money += sum(choice.cost or 0.0 for choice in choices)
        context.counts["tokens"] += sum(choice.tokens for choice in choices)
        return list(choices), failed

    def paid_for(self, problem: Problem, index: int) -> int:
        """How many completions in a row, from this index on, earlier runs have asked for and not got."""
        deferred, found, ways = self.context.deferred, 0, len(self.ways)
        if deferred is not None:
            while deferred.asked(problem.id, self.ways[(index + found) % ways], (index + found) // ways):
                found += 1
        return found

    def _allowed(self, problem: Problem, way: Parameters, first: int, n: int, late: bool) -> int:
        """How many of n completions may be asked for: of a run that has to stop those that were asked for by
        an earlier one, since they are paid for."""
        context = self.context
        if not context.halt or (late and context.halt is Halt.TARGET):
            return n
        if context.halt.at_once or context.deferred is None:
            return 0
        return min(n, context.deferred.asked(problem.id, way, first))


def is_spent(budget: Budget | None, context: Context) -> bool:
    """Whether one of the budget's limits is reached."""
    if budget is None:
        return False
    spent = context.spent
    return (
        (budget.tokens is not None and spent.tokens >= budget.tokens)
        or (budget.money is not None and spent.money >= budget.money)
        or (budget.seconds is not None and context.seconds >= budget.seconds)
    )


async def all_or_none(asked: list[Coroutine[Any, Any, T]]) -> list[T]:
    """The results of all; where one raises, the others are ended before that is told."""
    tasks = [asyncio.create_task(one) for one in asked]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _numbers(indices: list[int], way: Parameters) -> list[int]:
    """Those of the indices that are this way's, as it counts them.

    >>> _numbers([0, 1, 2, 3, 5, 9], Parameters(way=1, ways=4))
    [0, 1, 2]
    """
    return [index // way.ways for index in indices if index % way.ways == way.way]


def requests(missing: list[int], most: int) -> list[tuple[int, int]]:
    """Indices as requests: runs without a gap, none longer than `most`.

    >>> requests([0, 1, 2, 5, 6], 2)
    [(0, 2), (2, 1), (5, 2)]
    """
    found = []
    for _, run in groupby(enumerate(missing), key=lambda pair: pair[1] - pair[0]):
        indices = [index for _, index in run]
        found += [(indices[at], len(indices[at : at + most])) for at in range(0, len(indices), most)]
    return found
