"""Sample: ask the engine for what a group is owed, judge it, and ask again until enough is known."""

from __future__ import annotations

import asyncio
from itertools import groupby
from typing import Any

from pydantic import PrivateAttr

from winnow.steps.base import Context, GroupStep, Halt
from winnow.steps.engine.protocol import Engine, RequestFailed
from winnow.steps.ledger.schema import Sampling, completion_row, event_row, now
from winnow.steps.records import Candidate, Choice, Group, Problem, canonical, key_of
from winnow.steps.sample.config import SampleConfig
from winnow.steps.sample.limit import Limit
from winnow.steps.sample.plan import next_goal
from winnow.steps.verify import Judge


class Sample(GroupStep):
    """Sample candidates for each problem: a fixed number, or until enough have passed and failed.

    Whatever the group already has, by index, is not asked for again. Every reply goes into the ledger as
    soon as it is there, before it is judged.

    Attributes:
        config: the `sample` part of a recipe.
        verifier: the spec of the verifier, needed where `config` says `until`.

    Input columns:
        - prompt (`List[Dict[str, str]]`): chat messages.
        - reference (`str`): what the verifier needs, as JSON.

    Output columns:
        - candidates (`List[Dict[str, Any]]`): completions, with verdicts where a verifier is given.
        - generations (`List[str]`): their texts.

    Categories:
        - text-generation
    """

    config: SampleConfig
    verifier: dict[str, Any] | None = None

    _engine: Engine | None = PrivateAttr(default=None)
    _judge: Judge | None = PrivateAttr(default=None)
    _limit: Limit | None = PrivateAttr(default=None)
    _sampling: Sampling | None = PrivateAttr(default=None)

    async def open(self, context: Context) -> None:
        await super().open(context)
        if self.verifier is not None:
            self._judge = Judge(self.verifier, context)
            await self._judge.start()
        self._engine = self.config.engine.engine(context.log_dir)
        await self._engine.start()
        self._limit = Limit(self._engine.capacity)
        parameters = self.config.parameters
        self._sampling = Sampling(
            engine=key_of("engine", self._engine.identity),
            parameters=parameters.fingerprint,
            model=self._engine.model,
            told=canonical(parameters.told),
        )

    async def close(self) -> None:
        if self._engine is not None:
            await self._engine.close()
        if self._judge is not None:
            await self._judge.close()
        self._engine = self._judge = None

    @property
    def sampling(self) -> Sampling:
        """What the completions of this run have in common; known once the engine has started."""
        if self._sampling is None:
            raise RuntimeError("Sample is not open: a runner calls open() before the first group")
        return self._sampling

    @property
    def capacity(self) -> int:
        """How many completions the engine takes at once."""
        return self._engine.capacity if self._engine else 1

    async def on_group(self, group: Group) -> Group:
        goal = 0
        while (further := next_goal(self.config, group.candidates[:goal])) > goal:
            failed = await self._fill(group, goal, further)
            if self._judge is not None:
                await self._judge.judge(group)
            goal = further
            if len(group.candidates) < goal:
                group.complete = not failed  # an engine that has no more to give is done, too
                break
        return group

    async def _fill(self, group: Group, start: int, goal: int) -> bool:
        """Ask for the indices from `start` to `goal` that the group lacks.

        Returns:
            Whether a request was not made or failed, so that completions stay owed.
        """
        have = {candidate.index for candidate in group.candidates}
        missing = [index for index in range(start, goal) if index not in have]
        most = self._engine.most if self._engine else 1
        asked = [self._ask(group.problem, first, n) for first, n in _requests(missing, most)]
        answers = await asyncio.gather(*asked)
        group.candidates += [candidate for answer in answers for candidate in answer or []]
        group.candidates.sort(key=lambda candidate: candidate.index)
        return None in answers

    async def _ask(self, problem: Problem, first: int, n: int) -> list[Candidate] | None:
        """One request, or None where it was not made or failed for good."""
        assert self._limit is not None and self._engine is not None  # open has made them
        async with self._limit.of(n):
            budget = self.config.budget
            if budget is not None and self._context.spent >= budget.tokens:
                self._context.halt = self._context.halt or Halt.BUDGET
            if self._context.halt:
                return None
            try:
                choices = await self._engine.sample(problem, self.config.parameters, first, n)
            except RequestFailed as failure:
                self._context.counts["failed"] += n
                data = {"first": first, "n": n, "why": str(failure)}
                await self._context.put(
                    "events", [event_row("request_failed", problem.id, data, self._context.run)]
                )
                return None
        candidates = [self._candidate(problem, first + at, choice) for at, choice in enumerate(choices)]
        self._context.spent += sum(choice.tokens + choice.prompt_tokens for choice in choices)
        self._context.counts["completions"] += len(candidates)
        self._context.counts["tokens"] += sum(choice.tokens for choice in choices)
        at, run = now(), self._context.run
        rows = [completion_row(problem.id, candidate, self.sampling, run, at) for candidate in candidates]
        await self._context.put("completions", rows)
        return candidates

    def _candidate(self, problem: Problem, index: int, choice: Choice) -> Candidate:
        return Candidate(self.sampling.key(problem.id, index), index, choice)


def _requests(missing: list[int], most: int) -> list[tuple[int, int]]:
    """Indices as requests: runs without a gap, none longer than `most`.

    >>> _requests([0, 1, 2, 5, 6], 2)
    [(0, 2), (2, 1), (5, 2)]
    """
    found = []
    for _, run in groupby(enumerate(missing), key=lambda pair: pair[1] - pair[0]):
        indices = [index for _, index in run]
        found += [(indices[at], len(indices[at : at + most])) for at in range(0, len(indices), most)]
    return found
