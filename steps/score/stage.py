"""Scoring: a reward for every candidate that has none."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import AsyncExitStack

from winnow.steps.flights import At
from winnow.steps.ledger.clock import now
from winnow.steps.ledger.comparisons import comparison_row
from winnow.steps.ledger.schema import reward_row
from winnow.steps.records import BEGUN, Candidate, Choice, Group, Problem
from winnow.steps.score.base import ScorerConfig
from winnow.steps.score.judge import Judging
from winnow.steps.score.scorer import Scorer
from winnow.steps.score.tournament import Tournament
from winnow.steps.scoring import Comparison, Reward, Scoring
from winnow.steps.stage import Context
from winnow.verifiers.verdict import cut

_UNPAID = Reward(failed=True, unpaid=True)


class Seat:
    """A scorer with its part of the recipe, and what tells its rewards from all others."""

    def __init__(self, config: ScorerConfig, fingerprint: str, scorer: Scorer) -> None:
        self.config, self.fingerprint, self.scorer = config, fingerprint, scorer
        self._starting, self._started = asyncio.Lock(), False

    @property
    def by(self) -> tuple[str, str, str]:
        """Its name, its version and its fingerprint."""
        return self.config.name, self.config.version, self.fingerprint

    async def start(self) -> None:
        """Start it, unless it runs. Raises as `Scorer.start`."""
        async with self._starting:
            if not self._started:
                await self.scorer.start()
                self._started = True


class Score:
    """The stage that scores: one scorer, or the members of an ensemble side by side. Each reward goes into
    the ledger; the reward of a candidate that was cut off is never asked for, since it is never chosen."""

    def __init__(self, config: ScorerConfig) -> None:
        self._config = config
        self._context = Context()
        self._seats: list[Seat] = []
        self._opened = AsyncExitStack()

    @property
    def scoring(self) -> Scoring:
        """How its rewards are read."""
        return self._config.scoring

    @property
    def scorers(self) -> list[tuple[str, str, str]]:
        """Each scorer's name, version and fingerprint, once it was opened."""
        return [seat.by for seat in self._seats]

    async def open(self, context: Context) -> None:
        """Start the scorers: in a run that goes on each of them once it owes a reward, since that may be
        none, else at once, so that what is wrong with one is told before anything is sampled.

        Raises:
            MissingError: one of them needs what is not there.
            UsageError: a file that one reads is not what it should be.
        """
        self._context = context
        for member in self._config.members:
            fingerprint = await asyncio.to_thread(getattr, member, "fingerprint")  # it may read a file
            seat = Seat(member, fingerprint, member.scorer(context.log_dir))
            if isinstance(seat.scorer, Judging):
                seat.scorer.context = context
            self._opened.push_async_callback(seat.scorer.close)  # also after a start that failed half way
            if not context.goes_on:
                await seat.start()
            self._seats.append(seat)

    async def close(self) -> None:
        self._seats = []
        await self._opened.aclose()

    async def on_group(self, group: Group) -> Group:
        """Give every candidate of the group that lacks one a reward by each scorer. Where the budget pays for
        no more judgements, the group is not complete. Raises as `open`."""
        self._context.flights.move(group.problem.id, At.SCORER)
        whole = [one for one in group.candidates if not one.truncated]
        alike: dict[str, list[Seat]] = {}
        for seat in self._seats:
            alike.setdefault(seat.config.comparison or seat.fingerprint, []).append(seat)
        paid = await asyncio.gather(*(self._in_turn(group, whole, seats) for seats in alike.values()))
        group.complete = group.complete and all(paid)
        return group

    async def _in_turn(self, group: Group, whole: list[Candidate], seats: Sequence[Seat]) -> bool:
        """Those that ask the same, one after the other: what one was told no other asks for. Returns whether
        all could be paid for."""
        return all([await self._score(group, whole, seat) for seat in seats])

    async def rewards(
        self, problem: Problem, texts: Mapping[str, str], known: Mapping[str, Mapping[str, Reward]]
    ) -> AsyncIterator[tuple[tuple[str, str, str], dict[str, Reward]]]:
        """What each scorer (its name, version and fingerprint) says of texts that are no completions, by
        their key. What is `known`, by key and fingerprint, is not asked for."""
        for seat in self._seats:
            fingerprint = seat.fingerprint
            owed = [key for key in texts if fingerprint not in known.get(key, {})]
            if owed:
                asked = [Candidate(key, 0, Choice(texts[key], BEGUN)) for key in owed]
                rewards = dict(zip(owed, await self._asked(problem, asked, seat), strict=True))
                for reward in rewards.values():
                    self._count(reward)
                yield seat.by, rewards

    async def _asked(self, problem: Problem, candidates: list[Candidate], seat: Seat) -> list[Reward]:
        if not await self._may_ask(seat):
            return [_UNPAID] * len(candidates)
        await seat.start()
        return await _whole(seat.scorer.score(problem, candidates), len(candidates))

    async def _may_ask(self, seat: Seat) -> bool:
        """Whether the budget lets this scorer be asked; before it is started, since that asks it, too."""
        return not isinstance(seat.scorer, Judging) or await self._context.may_judge()

    async def _score(self, group: Group, whole: list[Candidate], seat: Seat) -> bool:
        """Whether all that is owed could be paid for."""
        config, fingerprint = seat.config, seat.fingerprint
        owed = [one for one in whole if fingerprint not in one.rewards]
        if config.relative:  # also where only a verdict is new, of which the others' rewards are made
            owed = whole if group.complete else []  # a later run brings the group with all its candidates
        if not owed:
            return True
        if isinstance(seat.scorer, Tournament):
            rewards = await self._compared(group, owed, seat, seat.scorer)
        else:
            rewards = await self._asked(group.problem, owed, seat)
        by, at, rows = seat.by, now(), []
        for candidate, reward in zip(owed, rewards, strict=True):
            if candidate.rewards.get(fingerprint) != reward:
                self._count(reward)
                if reward.unpaid:
                    continue
                rows.append(reward_row(group.problem.id, candidate.id, reward, by, self._context.run, at))
            candidate.rewards = {**candidate.rewards, fingerprint: reward}
        await self._context.put("rewards", rows)
        return not any(reward.unpaid for reward in rewards)

    def _count(self, reward: Reward) -> None:
        if reward.unpaid and self._context.ends_at_once:
            return  # it is not for want of money, and what else is owed is not counted either
        name = "unpaid" if reward.unpaid else "unscored" if reward.failed else "scored"
        self._context.counts[name] += 1

    async def _compared(
        self, group: Group, candidates: list[Candidate], seat: Seat, judge: Tournament
    ) -> list[Reward]:
        """The rewards that comparisons make, of which those that are missing are asked for and kept."""
        by = seat.config.comparison or ""
        held, unpaid = group.comparisons.setdefault(by, {}), False

        async def keep(places: tuple[str, str], found: Comparison) -> None:
            nonlocal unpaid
            if found.unpaid:
                unpaid = True
                return
            held[places] = found
            row = comparison_row(group.problem.id, places, found, by, self._context.run)
            await self._context.put("comparisons", [row])

        if owed := judge.owed(candidates, held):
            if not await self._may_ask(seat):
                return [_UNPAID] * len(candidates)
            await seat.start()
            await judge.compare(group.problem, candidates, owed, keep)
        return [_UNPAID] * len(candidates) if unpaid else judge.rewards(candidates, held)


async def _whole(rewards: Awaitable[Sequence[Reward]], count: int) -> list[Reward]:
    """A reward for each of so many; failed ones where the scorer broke, whatever broke it."""
    try:
        found = await rewards
        if len(found) != count:
            raise ValueError(f"{len(found)} rewards for {count} completions")
    except Exception as broken:  # noqa: BLE001 - models and pools break in ways of their own
        why = " ".join(str(broken).split())
        return [Reward.error(cut(f"the scorer broke: {type(broken).__name__}: {why}"))] * count
    return [_finite(one) for one in found]


def _finite(reward: Reward) -> Reward:
    """The reward, or a failed one where a number of it is none."""
    numbers = [*(() if reward.value is None else (reward.value,)), *(reward.steps or ())]
    if all(map(math.isfinite, numbers)):
        return reward
    return Reward.error(
        f"the scorer gave {next(one for one in numbers if not math.isfinite(one))}, no number"
    )
