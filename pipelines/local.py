"""The local runner: groups stream through the stages, many at once, bounded in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from winnow.pipelines.ahead import Ahead
from winnow.pipelines.chain import Chain
from winnow.pipelines.progress import Progress
from winnow.pipelines.recipe import Recipe
from winnow.steps.errors import UsageError
from winnow.steps.foreign.stage import Foreign
from winnow.steps.ledger import Ledger, LedgerWriter
from winnow.steps.ledger.comparisons import comparisons_of
from winnow.steps.ledger.nodes import trees
from winnow.steps.ledger.resume import held, histories, kept_rows, standing_of
from winnow.steps.ledger.rollouts import rollouts_of
from winnow.steps.ledger.schema import Row, Sampling, event_row, problem_row
from winnow.steps.ledger.standing import Mark, Standing
from winnow.steps.ledger.view import BACK, LEFT
from winnow.steps.records import BadRow, Group, Problem, canonical, key_of
from winnow.steps.rollout.stage import Label
from winnow.steps.sample.allocation import Allocation, prices_of
from winnow.steps.sample.sampler import Sampler
from winnow.steps.sample.search.searcher import Searcher
from winnow.steps.score.stage import Score
from winnow.steps.stage import Context, Halt, Stage
from winnow.steps.verify.judge import Judge
from winnow.verifiers import load

_CHUNK = 256  # problems whose past is looked up at once


def stages_of(recipe: Recipe) -> tuple[Sampler, list[Stage]]:
    """The recipe's stages: the sampler, and those that follow it.

    A sampler that asks `until` enough have passed has to judge as it goes; otherwise judging is a stage of
    its own, and sampling does not wait for it.
    """
    if recipe.sample.until is not None:
        sampler, after = Sampler(recipe.sample, recipe.verify), list[Stage]()
        judge = sampler.judge
    else:
        judge = Judge(recipe.verify)
        sampler, after = Sampler(recipe.sample), [judge]
    score = [Score(recipe.score)] if recipe.score else []
    if recipe.sample.search is not None and judge:
        sampler = Searcher(recipe.sample, recipe.sample.search, score[0] if score else None, judge)
    label = [Label(recipe.label, sampler, judge)] if recipe.label and judge else []
    return sampler, [*after, *score, *label, *(Foreign(config) for config in recipe.steps)]


def plan_key(recipe: Recipe, sampling: Sampling, rules: str | None = None) -> str:
    """What "done" means: a problem done by one plan may be owed more by another. `rules` are the recipe's as
    they were once; without, as they are now."""
    return key_of(sampling.engine, sampling.parameters, rules or rules_of(recipe))


def rules_of(recipe: Recipe) -> str:
    """What a problem is owed, whoever answers. To be told before any code is loaded that it names: what is
    edited later is not what was run, and what that did is not done."""
    sample = recipe.told["sample"]
    rule = {key: sample.get(key) for key in ("n", "until", "search", "max_n")}
    verifier = load(recipe.verify).fingerprint
    steps = [step.fingerprint for step in recipe.steps]
    told = (canonical(rule), verifier, canonical(scorers_of(recipe)), canonical(steps))
    return key_of(*told, *([canonical(recipe.label.model_dump(mode="json"))] if recipe.label else []))


def scorers_of(recipe: Recipe) -> list[str]:
    """The fingerprints of those whose rewards a completion needs."""
    return [one.fingerprint for one in recipe.score.members] if recipe.score else []


@dataclass(slots=True)
class LocalRunner:
    """Runs one recipe over one ledger, in one process with one event loop.

    `on_sampling` is called once the engine tells what model it is, before it is asked anything. `only` are
    the ids of problems, where not all of the source should be asked; `before` is what an earlier run's
    sampling was named: where it is this one's, and nothing is owed, no engine is started.
    """

    recipe: Recipe
    ledger: Ledger
    context: Context
    progress: Progress
    on_sampling: Callable[[Sampling], None]
    only: frozenset[str] | None = None
    before: dict[str, str] | None = None
    _rules: str = ""
    _verifier: str = ""  # its fingerprint
    _scorers: list[str] = field(default_factory=list)  # theirs
    _standing: Standing = field(default_factory=Standing)

    async def run(self) -> None:
        """Bring every problem to what the recipe asks for, or to where the context says halt.

        Raises:
            MissingError: the engine or the ledger is gone. What was acknowledged is in the ledger.
        """
        self._rules = await asyncio.to_thread(rules_of, self.recipe)
        self._verifier = load(self.recipe.verify).fingerprint
        self._scorers = await asyncio.to_thread(scorers_of, self.recipe)
        sampler, after = stages_of(self.recipe)
        async with LedgerWriter(self.ledger) as writer:
            self.context.put = writer.put
            owed, early = None, await asyncio.to_thread(sampler.identify, self.context)
            self.context.goes_on = early.named == self.before
            if self.context.goes_on:
                owed = self._ahead(early, writer)
                if not await owed.any():
                    self.on_sampling(early)
                    self._settle(early)  # a run that was killed at its end could not
                    await self._at_the_end(writer)
                    return
            sampling = await self._through(sampler, after, early, owed, writer)
        self._settle(sampling)

    async def _through(
        self,
        sampler: Sampler,
        after: list[Stage],
        early: Sampling,
        owed: Ahead | None,
        writer: LedgerWriter,
    ) -> Sampling:
        """Open the stages, and send what is owed through them; when this returns all of it is durable.

        Returns:
            What the completions have in common, as the engine that has started tells it.
        """
        async with AsyncExitStack() as opened:
            is_known = self.context.goes_on and not self.recipe.sample.allocates
            opened.push_async_callback(sampler.close)  # also after an `open` that failed half way
            await sampler.open(self.context, early if is_known else None)
            for stage in after:
                opened.push_async_callback(stage.close)
                await stage.open(self.context)
            self._begin(sampler.sampling)
            if self.recipe.sample.allocates:
                sampler.policy = self._allocation(sampler)
                if sampler.policy.reached:
                    self.context.halt = self.context.halt or Halt.TARGET
            await self._groups(sampler, after, owed or self._ahead(sampler.sampling, writer), writer)
            await writer.flush()  # before servers and workers are ended: that may take long, or go wrong
        return sampler.sampling

    def _begin(self, sampling: Sampling) -> None:
        self.progress.doing("sampling")
        self.on_sampling(sampling)
        self._settle(sampling)

    @property
    def _judges(self) -> list[str]:
        """The fingerprints of those who compare."""
        members = self.recipe.score.members if self.recipe.score else ()
        return [one.comparison for one in members if one.comparison]

    def _settle(self, sampling: Sampling) -> None:
        """Let the engine go of the answers that the ledger has."""
        if self.context.deferred is not None:
            self.context.deferred.settle(partial(held, self.ledger, sampling))

    def _allocation(self, sampler: Sampler) -> Allocation:
        config = self.recipe.sample
        return Allocation(config, self._kept(sampler.sampling), sampler.engine.most, prices_of(config))

    def _kept(self, sampling: Sampling) -> int:
        """The rows that `until` asks for which the ledger has."""
        until = self.recipe.sample.until
        return kept_rows(self.ledger, sampling, self._verifier, until.most) if until else 0

    def _ahead(self, sampling: Sampling, writer: LedgerWriter) -> Ahead:
        """The groups to which something is owed."""
        self._standing = standing_of(self.ledger, plan_key(self.recipe, sampling, self._rules))
        return Ahead(self._owed(sampling, writer))

    async def _groups(self, sampler: Sampler, after: list[Stage], owed: Ahead, writer: LedgerWriter) -> None:
        def ended(group: Group, done: bool) -> None:
            if done:
                self.progress.done()

        async def restore(group: Group) -> None:
            await self._restore(group, sampler, writer)

        plan = plan_key(self.recipe, sampler.sampling, self._rules)
        await Chain(sampler, after, plan, self.context, restore, ended).run(owed)
        await self._at_the_end(writer)

    async def _at_the_end(self, writer: LedgerWriter) -> None:
        """Where the source was read to its end, tell what left it."""
        if self.only is None and not (self.context.halt and self.context.halt.at_once):
            await writer.put("events", self._departures())

    async def _restore(self, group: Group, sampler: Sampler, writer: LedgerWriter) -> None:
        """Give the group back the texts that it has forgotten while it waited."""
        await writer.flush()
        wanted = [group.problem.id]
        told = await asyncio.to_thread(histories, self.ledger, wanted, sampler.sampling, self._verifier)
        texts = {one.id: one.choice for one in told[group.problem.id]}
        for candidate in group.candidates:
            candidate.choice = texts[candidate.id]

    async def _owed(self, sampling: Sampling, writer: LedgerWriter) -> AsyncIterator[Group]:
        """The groups that are not finished, each with what the ledger has of it."""
        rows = self.recipe.source.rows()
        while chunk := await asyncio.to_thread(_take, rows):
            problems = await self._admitted(chunk, writer)
            owed = [problem for problem in problems if not self._standing.has(Mark.DONE, problem.id)]
            self.progress.skipped(len(problems) - len(owed))
            begun = [problem.id for problem in owed if self._standing.has(Mark.KNOWN, problem.id)]
            for group in await self._with_past(owed, begun, sampling):
                yield group

    async def _with_past(
        self, problems: list[Problem], begun: list[str], sampling: Sampling
    ) -> Iterator[Group]:
        """The problems as groups, those that are begun with what the ledger has of them."""
        verifier, scorers = self._verifier, self._scorers
        found = partial(histories, self.ledger, begun, sampling, verifier, scorers)
        past = await asyncio.to_thread(found) if begun else {}
        rolled = partial(rollouts_of, self.ledger, begun, sampling, verifier)
        rollouts = await asyncio.to_thread(rolled) if begun and self.recipe.label else {}
        compared = partial(comparisons_of, self.ledger, begun, self._judges)
        comparisons = await asyncio.to_thread(compared) if begun and self._judges else {}
        searched = partial(trees, self.ledger, begun, sampling, scorers)
        grown = await asyncio.to_thread(searched) if begun and self.recipe.sample.search else {}
        return (
            Group(
                problem,
                past.pop(problem.id, []),
                rollouts=rollouts.pop(problem.id, {}),
                comparisons=comparisons.pop(problem.id, {}),
                tree=grown.pop(problem.id, None),
            )
            for problem in problems
        )

    async def _admitted(self, chunk: list[Problem | BadRow], writer: LedgerWriter) -> list[Problem]:
        problems = [row for row in chunk if isinstance(row, Problem)]
        if self.only is not None:
            problems = [problem for problem in problems if problem.id in self.only]
        self._standing.mark(Mark.SEEN, (problem.id for problem in problems))
        new = [problem for problem in problems if not self._standing.has(Mark.KNOWN, problem.id)]
        await writer.put("problems", [problem_row(problem, self.context.run) for problem in new])
        bad = [row for row in chunk if isinstance(row, BadRow)]
        if bad and self.recipe.source.on_bad_row == "stop":
            raise UsageError(f"{bad[0].where}: {bad[0].why} (source.on_bad_row: skip leaves such rows out)")
        told = [event_row("bad_row", row.where, {"why": row.why}, self.context.run) for row in bad]
        await writer.put("events", told)
        self.progress.bad(bad)
        return problems

    def _departures(self) -> list[Row]:
        """What the ledger should know once the source was read to its end: what left it, and what is back."""
        left = self._standing.having([Mark.KNOWN], lacking=[Mark.SEEN, Mark.GONE])
        back = self._standing.having([Mark.GONE, Mark.SEEN])
        told = [(LEFT, problem) for problem in sorted(left)] + [(BACK, problem) for problem in sorted(back)]
        return [event_row(kind, problem, {}, self.context.run) for kind, problem in told]


def _take(rows: Iterator[Problem | BadRow]) -> list[Problem | BadRow]:
    return list(islice(rows, _CHUNK))
