"""The local runner: groups stream through the chain of steps, many at once, bounded in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from winnow.pipelines.progress import Progress
from winnow.pipelines.recipe import Recipe
from winnow.steps.base import Context, GroupStep
from winnow.steps.errors import UsageError
from winnow.steps.foreign.step import Foreign
from winnow.steps.ledger import Ledger, LedgerWriter
from winnow.steps.ledger.resume import done_event, finished, histories, known_problems
from winnow.steps.ledger.schema import Sampling, event_row, problem_row
from winnow.steps.records import BadRow, Group, Problem, canonical, key_of
from winnow.steps.sample.step import Sample
from winnow.steps.verify import Verify
from winnow.verifiers import load

_CHUNK = 256  # problems whose past is looked up at once
_MOST_GROUPS = 256  # in flight, however much an engine takes


def chain_of(recipe: Recipe) -> tuple[Sample, list[GroupStep]]:
    """The recipe's steps: the sampler, and those that follow it.

    A sampler that asks `until` enough have passed has to judge as it goes; otherwise judging is a step of
    its own, and sampling does not wait for it.
    """
    until = recipe.sample.until is not None
    sample = Sample(name="sample", config=recipe.sample, verifier=recipe.verify if until else None)
    after: list[GroupStep] = [] if until else [Verify(name="verify", verifier=recipe.verify)]
    after += [Foreign(name=f"foreign_{at}", config=config) for at, config in enumerate(recipe.steps)]
    return sample, after


def plan_key(recipe: Recipe, sample: Sample) -> str:
    """What "done" means: a problem done by one plan may be owed more by another."""
    told = recipe.told
    rule = {key: told["sample"].get(key) for key in ("n", "until", "max_n")}
    verifier = load(recipe.verify).fingerprint
    steps = [step.model_dump(mode="json") for step in recipe.steps]
    return key_of(
        sample.sampling.engine, sample.sampling.parameters, canonical(rule), verifier, canonical(steps)
    )


@dataclass(slots=True)
class LocalRunner:
    """Runs one recipe over one ledger, in one process with one event loop.

    `on_sampling` is called once the engine tells what model it is, before it is asked anything.
    """

    recipe: Recipe
    ledger: Ledger
    context: Context
    progress: Progress
    on_sampling: Callable[[Sampling], None]
    _known: set[str] = field(default_factory=set)
    _finished: set[str] = field(default_factory=set)

    async def run(self) -> None:
        """Bring every problem to what the recipe asks for, or to where the context says halt.

        Raises:
            MissingError: the engine or the ledger is gone. What was acknowledged is in the ledger.
        """
        sample, after = chain_of(self.recipe)
        async with LedgerWriter(self.ledger) as writer:
            self.context.put = writer.put
            opened: list[GroupStep] = []
            try:
                for step in (sample, *after):
                    opened.append(step)
                    await step.open(self.context)
                self.on_sampling(sample.sampling)
                await self._groups(sample, after, writer)
            finally:
                for step in reversed(opened):
                    await step.close()

    async def _groups(self, sample: Sample, after: list[GroupStep], writer: LedgerWriter) -> None:
        plan = plan_key(self.recipe, sample)
        self._known = known_problems(self.ledger)
        self._finished = finished(self.ledger, plan)
        slots = asyncio.Semaphore(max(1, min(sample.capacity, _MOST_GROUPS)))

        async def work(group: Group) -> None:
            try:
                for step in (sample, *after):
                    group = await step.on_group(group)
                if group.complete:
                    await writer.put("events", [done_event(group.problem.id, plan, self.context.run)])
                    self.progress.done(group)
            finally:
                slots.release()

        async with asyncio.TaskGroup() as tasks:
            async for group in self._owed(sample, writer):
                await slots.acquire()
                if self.context.halt:
                    slots.release()
                    break
                tasks.create_task(work(group))

    async def _owed(self, sample: Sample, writer: LedgerWriter) -> AsyncIterator[Group]:
        """The groups that are not finished, each with what the ledger has of it."""
        verifier = load(self.recipe.verify).fingerprint
        rows = self.recipe.source.rows()
        while chunk := await asyncio.to_thread(_take, rows):
            problems = await self._admitted(chunk, writer)
            owed = [problem for problem in problems if problem.id not in self._finished]
            self.progress.skipped(len(problems) - len(owed))
            begun = [problem.id for problem in owed if problem.id in self._known]
            past = (
                await asyncio.to_thread(histories, self.ledger, begun, sample.sampling, verifier)
                if begun
                else {}
            )
            for problem in owed:
                yield Group(problem, past.pop(problem.id, []))

    async def _admitted(self, chunk: list[Problem | BadRow], writer: LedgerWriter) -> list[Problem]:
        problems = [row for row in chunk if isinstance(row, Problem)]
        new = [problem for problem in problems if problem.id not in self._known]
        await writer.put("problems", [problem_row(problem, self.context.run) for problem in new])
        bad = [row for row in chunk if isinstance(row, BadRow)]
        if bad and self.recipe.source.on_bad_row == "stop":
            raise UsageError(f"{bad[0].where}: {bad[0].why} (source.on_bad_row: skip leaves such rows out)")
        told = [event_row("bad_row", row.where, {"why": row.why}, self.context.run) for row in bad]
        await writer.put("events", told)
        self.progress.bad(bad)
        return problems


def _take(rows: Iterator[Problem | BadRow]) -> list[Problem | BadRow]:
    return list(islice(rows, _CHUNK))
