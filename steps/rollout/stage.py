"""Labelling: of answers that failed, the rollouts that tell which of their reasoning steps are good."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from winnow.steps.engine.protocol import Parameters
from winnow.steps.flights import At
from winnow.steps.ledger.rollouts import prefix_key, rollout_row
from winnow.steps.ledger.schema import Row
from winnow.steps.process.config import MOST_STEPS, LabelConfig
from winnow.steps.process.labelling import Labels, Owed, Undecided, look
from winnow.steps.records import BLANK, CUT_OFF, Candidate, Group, Problem, Rollout
from winnow.steps.sample.sampler import Sampler, requests
from winnow.steps.select.reasoning import prefixes
from winnow.steps.stage import Context, Halt
from winnow.steps.verify.judge import Judge
from winnow.verifiers.verdict import Status


class Label:
    """The stage that labels. It asks the sampler's engine and the recipe's judge, which others open and
    close; a rollout is a row of its own table, and never a candidate."""

    def __init__(self, config: LabelConfig, sampler: Sampler, judge: Judge) -> None:
        self._config, self._sampler, self._judge = config, sampler, judge
        self._context = Context()
        sampler.continues = True

    async def open(self, context: Context) -> None:
        self._context = context

    async def close(self) -> None:
        pass

    async def on_group(self, group: Group) -> Group:
        """Ask for the rollouts that the group's chosen answers lack, one answer after the other: those that
        begin alike share them. Where some were not to be had, the group is not complete."""
        self._context.flights.move(group.problem.id, At.ENGINE)
        for candidate in chosen(group, self._config):
            if not await self._label(group, candidate):
                group.complete = False
        return group

    async def _label(self, group: Group, candidate: Candidate) -> bool:
        told, before = self._sampler.sampling.told, prefixes(candidate.text)
        way = candidate.index % len(told)
        keys = _keys(group.problem, candidate, told)
        while True:
            found = _looked(group, keys, self._config)
            if not isinstance(found, Owed):
                return True
            rolled = await asyncio.gather(
                *(
                    self._roll(group, keys[at - 1], before[at - 1], self._sampler.ways[way], indices)
                    for at, indices in found.of.items()
                )
            )
            if not all(rolled):
                return False

    async def _roll(
        self, group: Group, key: str, prefix: str, way: Parameters, indices: Sequence[int]
    ) -> bool:
        """Make these rollouts from a prefix, and judge them; returns whether all have a verdict.

        One that an earlier run made, and no verdict of this verifier is known of, is judged alone.
        """
        problem = group.problem
        asked = Problem(
            problem.source_id,
            (*problem.prompt, {"role": "assistant", "content": prefix}),
            problem.reference,
            id=key,
        )
        way = self._sampler.going_on(way)
        held, whole = group.rollouts.setdefault(key, {}), True
        missing = [index for index in indices if index not in held]
        if missing and self._context.halt in (None, Halt.TARGET):
            await self._sampler.start()  # where nothing else was owed, nobody did
        for first, n in requests(missing, self._sampler.engine.most):
            choices, failed = await self._sampler.request(problem, asked, way, first, n, late=True)
            whole = whole and not failed and len(choices) == n
            for index, choice in enumerate(choices, first):
                said = self._sampler.habits.rest(choice.text, prefix)
                held[index] = Rollout(replace(choice, text=said))
        made = [index for index in indices if index in held]
        await self._judged(problem, prefix, [held[index] for index in made])
        await self._put(problem, key, {index: held[index] for index in made})
        for index in made:
            if held[index].status is Status.ERROR:  # trouble of ours: the next run judges it again
                held[index].status, whole = None, False
                self._context.counts["unlabelled"] += 1
        return whole

    async def _judged(self, problem: Problem, prefix: str, rollouts: Sequence[Rollout]) -> None:
        """Give each a status; what was cut off is skipped, as everywhere."""
        ended = [one for one in rollouts if one.choice.finish_reason not in CUT_OFF]
        verdicts = await self._judge.verdicts(problem, [prefix + one.choice.text for one in ended])
        for one in rollouts:
            one.status = Status.SKIP
        for one, verdict in zip(ended, verdicts, strict=True):
            one.status = verdict.status

    async def _put(self, problem: Problem, key: str, rollouts: dict[int, Rollout]) -> None:
        context, sampling = self._context, self._sampler.sampling
        context.counts["rollouts"] += len(rollouts)
        rows: list[Row] = [
            rollout_row(
                problem.id,
                key,
                index,
                one.choice,
                (self._judge.fingerprint, (one.status or Status.ERROR).value),
                sampling,
                context.run,
            )
            for index, one in rollouts.items()
        ]
        await context.put("rollouts", rows)


def unlabelled(group: Group, config: LabelConfig, told: Sequence[str]) -> list[set[tuple[str, int]]]:
    """For each answer of a group that has no labels yet and is to have some, the rollouts that are to be made
    for that, by what they go on from and their index: those that are certain, by the ones that are there.
    `told` is how was asked, of each way."""
    found = []
    for candidate in chosen(group, config):
        keys = _keys(group.problem, candidate, told)
        if isinstance(owed := _looked(group, keys, config), Owed):
            wanted = ((keys[at - 1], index) for at, some in owed.of.items() for index in some)
            found.append({(key, at) for key, at in wanted if at not in group.rollouts.get(key, {})})
    return found


def _keys(problem: Problem, candidate: Candidate, told: Sequence[str]) -> list[str]:
    """The keys of what an answer begins with: its first reasoning step, its first two, and so on."""
    way = told[candidate.index % len(told)]
    return [prefix_key(problem.id, way, prefix) for prefix in prefixes(candidate.text)]


def _looked(group: Group, keys: Sequence[str], config: LabelConfig) -> Labels | Owed | Undecided:
    held = {
        at: {
            index: one.status for index, one in group.rollouts.get(key, {}).items() if one.status is not None
        }
        for at, key in enumerate(keys, 1)
    }
    return look(len(keys) + 1, held, config)


def chosen(group: Group, config: LabelConfig) -> list[Candidate]:
    """The answers of a group that are labelled: of a problem that was solved, the first different ones that
    failed. None with a thought that the engine returned apart, since nobody can go on from there."""
    if not any(one.verdict and one.verdict.status is Status.PASS for one in group.candidates):
        return []
    wrong = {
        one.digest: one
        for one in reversed(group.candidates)
        if one.verdict
        and one.verdict.status is Status.FAIL
        and not one.truncated
        and one.digest != BLANK
        and not one.choice.reasoning
        and len(prefixes(one.text)) < MOST_STEPS
    }
    return sorted(wrong.values(), key=lambda one: one.index)[: config.per_problem]
