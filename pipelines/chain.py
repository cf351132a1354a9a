"""The chain of stages that groups stream through, many at once: the part of a run that needs no ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from winnow.pipelines.schedule import Schedule
from winnow.steps.ledger.schema import done_row
from winnow.steps.records import Group
from winnow.steps.sample.sampler import Sampler
from winnow.steps.stage import Context, Stage
from winnow.verifiers import Status

_MOST_GROUPS = 256  # in flight, however much an engine takes


@dataclass(slots=True)
class Chain:
    """Stages that are open, and what becomes of a group that has come through them.

    `plan` is what "done" means; `restore` gives a group back the texts that it has forgotten while it waited;
    `ended` is told of each group that is not asked again, and whether nothing more is owed to it.
    """

    sampler: Sampler
    after: Sequence[Stage]
    plan: str
    context: Context
    restore: Callable[[Group], Awaitable[None]]
    ended: Callable[[Group, bool], None]
    _schedule: Schedule | None = field(default=None, init=False)

    async def run(self, groups: AsyncIterator[Group]) -> None:
        """Bring every group to where nothing more is owed, or to where the context says halt."""

        def left(group: Group) -> None:
            self.ended(group, False)

        self._schedule = schedule = Schedule(self.sampler, groups, _MOST_GROUPS, left)
        async with asyncio.TaskGroup() as tasks:
            async for group in schedule:
                tasks.create_task(self._work(group, schedule))

    def wake(self) -> None:
        """Look again who is next: what the policy or the context says has changed."""
        if self._schedule is not None:
            self._schedule.wake()

    async def _work(self, group: Group, schedule: Schedule) -> None:
        with schedule.round(group), self.context.flights.of(group.problem):
            if await self.sampler.advance(group):
                schedule.later(group)
                return
            if self.after and any(candidate.forgotten for candidate in group.candidates):
                await self.restore(group)
            for stage in self.after:
                group = await stage.on_group(group)
            done = group.complete and not _in_doubt(group)
            if done:
                row = done_row(group.problem.id, self.plan, self.context.run)
                await self.context.put("events", [row])
            self.ended(group, done)


def _in_doubt(group: Group) -> bool:
    """Whether a verdict or a reward is trouble of ours: the next run judges or scores again."""
    return any(
        (one.verdict and one.verdict.status is Status.ERROR)
        or any(reward.failed for reward in one.rewards.values())
        for one in group.candidates
    )
