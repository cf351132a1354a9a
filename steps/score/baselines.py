"""Scorers that know nothing of what is right: what a reward model has to beat."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from winnow.steps.answers import answer_of
from winnow.steps.records import Candidate, Problem, key_of
from winnow.steps.score.scorer import Ready
from winnow.steps.scoring import Reward


class Length(Ready):
    """The number of characters."""

    async def score(self, problem: Problem, candidates: Sequence[Candidate]) -> Sequence[Reward]:
        return [Reward(float(len(one.text))) for one in candidates]


class Logprob(Ready):
    """The geometric mean of the tokens' probabilities, where the engine told them."""

    async def score(self, problem: Problem, candidates: Sequence[Candidate]) -> Sequence[Reward]:
        return [_sureness(one) for one in candidates]


def _sureness(candidate: Candidate) -> Reward:
    logprob, tokens = candidate.choice.logprob, candidate.choice.tokens
    if logprob is None or tokens < 1:
        return Reward(reason="the engine told no log-probability: set sample.engine.logprobs")
    return Reward(math.exp(min(0.0, logprob / tokens)))


class Votes(Ready):
    """The share of these candidates that give the same answer."""

    async def score(self, problem: Problem, candidates: Sequence[Candidate]) -> Sequence[Reward]:
        answers = [
            answer_of(one.verdict.extracted, one.digest) if one.verdict else None for one in candidates
        ]
        votes = Counter(one for one in answers if one is not None)
        return [Reward(0.0 if one is None else votes[one] / len(answers)) for one in answers]


class Chance(Ready):
    """A number in [0, 1) that hangs on the seed and the completion's key alone."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    async def score(self, problem: Problem, candidates: Sequence[Candidate]) -> Sequence[Reward]:
        return [Reward(int(key_of("chance", self._seed, one.id)[:13], 16) / 16**13) for one in candidates]
