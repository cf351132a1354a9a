"""A reward function of somebody's, in processes that can be ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from winnow.steps.errors import MissingError
from winnow.steps.records import Candidate, Problem
from winnow.steps.scoring import Reward
from winnow.verifiers import PoolError, Status, Verdict, VerifierPool


class Function:
    """The scorer behind `function`: the pool of a verifier whose score is what the function returned."""

    def __init__(self, spec: Mapping[str, Any], deadline: float) -> None:
        self._pool = VerifierPool(spec, deadline=deadline)

    async def start(self) -> None:
        try:
            await self._pool.start()
        except PoolError as broken:
            raise MissingError(f"the reward function cannot be started: {broken}") from None

    async def close(self) -> None:
        await self._pool.close()

    async def score(self, problem: Problem, candidates: Sequence[Candidate]) -> Sequence[Reward]:
        verdicts = await self._pool.judge([(problem.reference, one.text) for one in candidates])
        return [_reward(verdict) for verdict in verdicts]


def _reward(verdict: Verdict) -> Reward:
    if verdict.status is Status.ERROR:
        return Reward.error(verdict.reason)
    return Reward(verdict.score, reason="" if verdict.score is not None else verdict.reason)
