"""Scoring: a reward for every candidate that has none."""

from __future__ import annotations

import asyncio
import math
from contextlib import AsyncExitStack

from winnow.steps.flights import At
from winnow.steps.ledger.clock import now
from winnow.steps.ledger.schema import reward_row
from winnow.steps.records import Candidate, Group, Problem
from winnow.steps.score.base import ScorerConfig
from winnow.steps.score.scorer import Scorer
from winnow.steps.scoring import Reward
from winnow.steps.stage import Context
from winnow.verifiers.verdict import cut


class Score:
    """The stage that scores: one scorer, or the members of an ensemble side by side. Each reward goes into
    the ledger; the reward of a candidate that was cut off is never asked for, since it is never chosen."""

    def __init__(self, config: ScorerConfig) -> None:
        self._config = config
        self._context = Context()
        self._scorers: list[tuple[ScorerConfig, str, Scorer]] = []
        self._opened = AsyncExitStack()

    async def open(self, context: Context) -> None:
        """Start the scorers.

        Raises:
            MissingError: one of them needs what is not there.
            UsageError: a file that one reads is not what it should be.
        """
        self._context = context
        for member in self._config.members:
            fingerprint = await asyncio.to_thread(getattr, member, "fingerprint")  # it may read a file
            scorer = member.scorer(context.log_dir)
            self._opened.push_async_callback(scorer.close)  # also after a start that failed half way
            await scorer.start()
            self._scorers.append((member, fingerprint, scorer))

    async def close(self) -> None:
        self._scorers = []
        await self._opened.aclose()

    async def on_group(self, group: Group) -> Group:
        """Give every candidate of the group that lacks one a reward by each scorer."""
        self._context.flights.move(group.problem.id, At.SCORER)
        whole = [one for one in group.candidates if not one.truncated]
        await asyncio.gather(*(self._score(group, whole, *one) for one in self._scorers))
        return group

    async def _score(
        self, group: Group, whole: list[Candidate], config: ScorerConfig, fingerprint: str, scorer: Scorer
    ) -> None:
        owed = [one for one in whole if fingerprint not in one.rewards]
        if config.relative:  # also where only a verdict is new, of which the others' rewards are made
            owed = whole if group.complete else []  # a later run brings the group with all its candidates
        if not owed:
            return
        rewards = await _rewards(scorer, group.problem, owed)
        by, at, rows = (config.name, config.version, fingerprint), now(), []
        for candidate, reward in zip(owed, rewards, strict=True):
            if candidate.rewards.get(fingerprint) != reward:
                self._context.counts["unscored" if reward.failed else "scored"] += 1
                rows.append(reward_row(group.problem.id, candidate.id, reward, by, self._context.run, at))
            candidate.rewards = {**candidate.rewards, fingerprint: reward}
        await self._context.put("rewards", rows)


async def _rewards(scorer: Scorer, problem: Problem, owed: list[Candidate]) -> list[Reward]:
    """A reward for each; failed ones where the scorer broke, whatever broke it."""
    try:
        found = await scorer.score(problem, owed)
        if len(found) != len(owed):
            raise ValueError(f"{len(found)} rewards for {len(owed)} completions")
    except Exception as broken:  # noqa: BLE001 - models and pools break in ways of their own
        why = " ".join(str(broken).split())
        return [Reward.error(cut(f"the scorer broke: {type(broken).__name__}: {why}"))] * len(owed)
    return [_finite(one) for one in found]


def _finite(reward: Reward) -> Reward:
    """The reward, or a failed one where a number of it is none."""
    numbers = [*(() if reward.value is None else (reward.value,)), *(reward.steps or ())]
    if all(map(math.isfinite, numbers)):
        return reward
    return Reward.error(
        f"the scorer gave {next(one for one in numbers if not math.isfinite(one))}, no number"
    )
