"""What the sample step does with a group: ask for what it is owed, judge, and ask again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import groupby

from winnow.steps.base import Context, Halt
from winnow.steps.engine.protocol import Engine, Parameters, RequestFailed
from winnow.steps.ledger.schema import Sampling, completion_row, event_row, now
from winnow.steps.records import Candidate, Group, Problem, canonical, key_of
from winnow.steps.sample.config import SampleConfig
from winnow.steps.sample.limit import Limit
from winnow.steps.sample.plan import next_goal
from winnow.steps.verify import Judge


@dataclass(slots=True)
class Sampler:
    """Asks a started engine; `judge` is None where nothing depends on verdicts."""

    config: SampleConfig
    engine: Engine
    judge: Judge | None
    context: Context
    parameters: Parameters = field(init=False)
    sampling: Sampling = field(init=False)
    limit: Limit = field(init=False)

    def __post_init__(self) -> None:
        self.parameters = self.config.parameters
        self.sampling = Sampling(
            engine=key_of("engine", self.engine.identity),
            parameters=self.parameters.fingerprint,
            model=self.engine.model,
            told=canonical(self.parameters.told),
        )
        self.limit = Limit(self.engine.capacity)

    async def fill(self, group: Group) -> None:
        """Bring the group to where its plan says that nothing more is owed, or to where asking must end.

        Afterwards `group.complete` tells which of the two it was.
        """
        goal = 0
        while (further := next_goal(self.config, group.candidates[:goal])) > goal:
            failed = await self._round(group, goal, further)
            if self.judge is not None:
                await self.judge.judge(group)
            goal = further
            if len(group.candidates) < goal:
                group.complete = not failed  # an engine that has no more to give is done, too
                break

    async def _round(self, group: Group, start: int, goal: int) -> bool:
        """Ask for the indices from `start` to `goal` that the group lacks.

        Returns:
            Whether a request was not made or failed, so that completions stay owed.
        """
        have = {candidate.index for candidate in group.candidates}
        missing = [index for index in range(start, goal) if index not in have]
        if not missing:
            return False
        requests = _requests(missing, self.engine.most)
        answers = await asyncio.gather(*(self._ask(group.problem, first, n) for first, n in requests))
        group.candidates += [candidate for answer in answers for candidate in answer or []]
        group.candidates.sort(key=lambda candidate: candidate.index)
        return None in answers

    async def _ask(self, problem: Problem, first: int, n: int) -> list[Candidate] | None:
        """One request, or None where it was not made or failed for good."""
        context = self.context
        async with self.limit.of(n):
            budget = self.config.budget
            if budget is not None and context.spent >= budget.tokens:
                context.halt = context.halt or Halt.BUDGET
            if context.halt:
                return None
            try:
                choices = await self.engine.sample(problem, self.parameters, first, n)
            except RequestFailed as failure:
                context.counts["failed"] += n
                told = {"first": first, "n": n, "why": str(failure)}
                await context.put("events", [event_row("request_failed", problem.id, told, context.run)])
                return None
        sampling, at = self.sampling, now()
        candidates = [
            Candidate(sampling.key(problem.id, index), index, choice)
            for index, choice in enumerate(choices, first)
        ]
        context.spent += sum(choice.tokens + choice.prompt_tokens for choice in choices)
        context.counts["completions"] += len(candidates)
        context.counts["tokens"] += sum(choice.tokens for choice in choices)
        rows = [completion_row(problem.id, one, sampling, context.run, at) for one in candidates]
        await context.put("completions", rows)
        return candidates


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
