"""The reward that two models imply: how much likelier a completion is to the one than to the other."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import groupby
from typing import NamedTuple, Protocol

from winnow.steps.errors import UsageError
from winnow.steps.records import BEGUN, Candidate, Message, Problem
from winnow.steps.score.families import Encoded
from winnow.steps.score.vocabulary import Vocabulary
from winnow.steps.scoring import Reward
from winnow.steps.select.reasoning import reasoning_steps

_WORD = "x"  # stands for an answer, to see what comes behind one


class Likely(Protocol):
    """A model that tells how likely tokens are. `start` before the first, `close` after the last."""

    @property
    def vocabulary(self) -> Vocabulary: ...

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def chat(self, messages: Sequence[Message], *, answering: bool) -> list[int]:
        """A conversation by the model's template; `answering` ends it where an answer begins.

        Raises:
            Trouble, EngineUnreachable: nobody fills it in.
        """
        ...

    async def logprobs(self, shown: Sequence[Encoded]) -> Sequence[Reward]:
        """Of each the log-probabilities of the tokens at its places, as the steps of a reward; or one that
        says why there are none."""
        ...


class Frame(NamedTuple):
    """The tokens around an answer; `after` is the one that ends it, where the template has one."""

    before: list[int]
    after: list[int]


class Implicit:
    """The scorer behind `implicit`."""

    def __init__(self, model: Likely, reference: Likely, *, beta: float) -> None:
        self._model, self._reference, self._beta = model, reference, beta
        self._opened = AsyncExitStack()

    async def start(self) -> None:
        """Start both models, one after the other: the second sees how much memory is left.

        Raises:
            MissingError: one of them is not there.
            UsageError: they have not the same tokens.
        """
        for one in (self._model, self._reference):
            self._opened.push_async_callback(one.close)
            await one.start()
        if not self._model.vocabulary.shares(self._reference.vocabulary):
            raise UsageError(
                "an implicit reward compares two models of one vocabulary, and these have different ones: "
                "set `reference` to the model that the first one was trained from"
            )

    async def close(self) -> None:
        await self._opened.aclose()

    async def score(self, problem: Problem, candidates: Sequence[Candidate]) -> Sequence[Reward]:
        frame = await self._frame(problem)
        spelled = [_spelled(self._model.vocabulary, one, frame) for one in candidates]
        shown = [one for one, _ in spelled]
        told = await asyncio.gather(self._model.logprobs(shown), self._reference.logprobs(shown))
        return [
            self._reward(one, other, steps)
            for one, other, (_, steps) in zip(*told, spelled, strict=True)
        ]  # fmt: skip

    async def _frame(self, problem: Problem) -> Frame:
        before = await self._model.chat(problem.prompt, answering=True)
        said = [*problem.prompt, {"role": "assistant", "content": _WORD}]
        whole = await self._model.chat(said, answering=False)
        begun = [*before, *self._model.vocabulary.text(_WORD)]
        is_plain = whole[: len(begun)] == begun  # some templates put thoughts before an answer
        return Frame(before, whole[len(begun) : len(begun) + 1] if is_plain else [])

    def _reward(self, one: Reward, other: Reward, steps: Sequence[int]) -> Reward:
        for told in (one, other):
            if told.steps is None:
                return told
        ratios = [mine - theirs for mine, theirs in zip(one.steps or (), other.steps or (), strict=True)]
        if lost := {*range(max(steps, default=-1) + 1)} - {*steps}:
            return Reward(reason=f"step {min(lost)} ends in no token of its own")
        parts = groupby(zip(steps, ratios, strict=True), key=lambda pair: pair[0])
        return Reward(steps=tuple(self._beta * math.fsum(ratio for _, ratio in part) for _, part in parts))


def _spelled(vocabulary: Vocabulary, candidate: Candidate, frame: Frame) -> tuple[Encoded, list[int]]:
    """A completion in its frame, the places of its own tokens, and of each of these the number of its step.

    A token belongs to the step in which it ends, what stands between two steps to the first of them, and the
    end of the answer to the last one, where it has ended. A completion that says nothing has no place.
    """
    text, has_end = candidate.text.strip(), candidate.choice.finish_reason != BEGUN
    starts, at = [], 0
    for step in reasoning_steps(text):
        starts.append(text.index(step, at))
        at = starts[-1] + len(step)
    if not starts:
        return Encoded(frame.before, []), []
    ids, steps, number = list(frame.before), list[int](), 0
    for token, last in vocabulary.spelled(text):
        while number + 1 < len(starts) and starts[number + 1] <= last:
            number += 1
        ids.append(token)
        steps.append(number)
    after = frame.after if has_end else []
    ids += after
    steps += [len(starts) - 1] * len(after)
    return Encoded(ids, list(range(len(frame.before), len(ids)))), steps
