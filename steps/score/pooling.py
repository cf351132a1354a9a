"""Reward models behind a server that pools: what it is shown of a completion, and what it says of that."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import Any

from winnow.steps.engine.dialect import plain_text
from winnow.steps.engine.failures import Trouble
from winnow.steps.engine.protocol import EngineUnreachable
from winnow.steps.errors import UsageError
from winnow.steps.records import Candidate, Problem
from winnow.steps.score.families import Family
from winnow.steps.score.server import Server, in_vain
from winnow.steps.score.vocabulary import BadSteps, Vocabulary, vocabulary_of
from winnow.steps.scoring import Reward, is_number
from winnow.steps.select.reasoning import reasoning_steps
from winnow.verifiers.golden.thinking import without_thoughts


def answer_in(text: str) -> str:
    """What a reward model reads of a completion: the answer, as the ones that it was trained on, without
    thoughts."""
    return without_thoughts(text).strip()


class _Pooling:
    """A scorer that asks such a server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def start(self) -> None:
        await self._server.start()

    async def close(self) -> None:
        await self._server.close()


class PoolingOrm(_Pooling):
    """The scorer behind `orm` at a server, which puts the conversation into the model's own template."""

    def __init__(self, server: Server, raw: bool) -> None:
        super().__init__(server)
        self._raw = raw

    async def score(self, problem: Problem, candidates: Sequence[Candidate]) -> Sequence[Reward]:
        # Stripped, as templates strip it in process: white space at the ends would change a reward.
        return await asyncio.gather(*(self._one(problem, answer_in(one.text)) for one in candidates))

    async def _one(self, problem: Problem, text: str) -> Reward:
        if self._server.task == "score":
            body: dict[str, Any] = {"text_1": plain_text(problem.prompt), "text_2": text}
        else:
            body = {"messages": [*problem.prompt, {"role": "assistant", "content": text}]}
            body["add_generation_prompt"] = False
        try:
            numbers = await self._server.asked({**body, "use_activation": False}, _numbers)
        except (Trouble, EngineUnreachable) as failure:
            return in_vain(self._server, failure)
        if len(numbers) == 1:
            return Reward(numbers[0] if self._raw else _sigmoid(numbers[0]))
        if len(numbers) == 2:
            return Reward(_sigmoid(numbers[1] - numbers[0]))
        return Reward(reason=f"the model has {len(numbers)} labels, expected one or two")


class PoolingPrm(_Pooling):
    """The scorer behind `prm` at a server that pools the tokens with the tag (`tok_pooling_type: STEP`).

    It is sent token ids. So the end of a step is that token and nothing else, whatever a completion says.
    """

    def __init__(self, server: Server, family: Family) -> None:
        super().__init__(server)
        self._family = family
        self._vocabulary: Vocabulary | None = None

    async def start(self) -> None:
        """Read the tokenizer, and see that somebody is there.

        Raises:
            MissingError: the tokenizer is not there; or as above.
            UsageError: it is of another family.
        """
        named, revision = self._server.tokenizer
        vocabulary = self._vocabulary = await asyncio.to_thread(vocabulary_of, named, revision)
        try:
            shown = self._family.encode(vocabulary, "task", ["step"])
        except BadSteps as wrong:
            raise UsageError(f"the reward model {named!r} is of another family: {wrong}") from None
        await self._server.start(shown.ids[shown.places[0]])

    async def score(self, problem: Problem, candidates: Sequence[Candidate]) -> Sequence[Reward]:
        task = plain_text(problem.prompt)
        return await asyncio.gather(
            *(self._one(task, reasoning_steps(answer_in(one.text))) for one in candidates)
        )

    async def _one(self, task: str, steps: Sequence[str]) -> Reward:
        if not steps:
            return Reward(steps=())
        if self._vocabulary is None:
            raise RuntimeError("the scorer is not started")
        try:
            ids = self._family.encode(self._vocabulary, task, steps).ids
            body = {"input": ids, "task": "token_classify"}
            rows = await self._server.asked(body, _rows)
        except BadSteps as wrong:
            return Reward(reason=str(wrong))  # as it would be next time
        except (Trouble, EngineUnreachable) as failure:
            return in_vain(self._server, failure)
        if len(rows) != len(steps):
            return Reward.error(
                f"{len(steps)} reasoning steps have {len(rows)} scores: does the server pool by the token "
                f"{self._family.tag!r} (pooler_config: tok_pooling_type STEP, step_tag_id)?"
            )
        return Reward(steps=tuple(row[1] for row in rows))


def _numbers(reply: Any) -> list[float]:
    """The labels of a reply: `probs` of `/classify`, `data` of `/pooling`, `score` of `/score`. Of a model
    that has labels at each token, those at the last one."""
    (told,) = reply["data"]  # of one request one
    found = next((told[name] for name in ("probs", "data", "score") if name in told), None)
    numbers = found if isinstance(found, list) else [found]
    numbers = numbers[-1] if isinstance(numbers[-1], list) else numbers
    return [number(one) for one in numbers]


def _rows(reply: Any) -> list[list[float]]:
    """The two probabilities of each step."""
    (told,) = reply["data"]
    rows = [[number(one) for one in row] for row in told["data"]]
    if any(len(row) != 2 or not all(0 <= one <= 1 for one in row) for row in rows):
        raise ValueError("expected two probabilities a step")
    return rows


def number(value: Any) -> float:
    """A number of a reply.

    Raises:
        ValueError: it is none.
    """
    if not is_number(value):
        raise ValueError(f"{value!r} is no number")
    return float(value)


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit)) if logit >= 0 else math.exp(logit) / (1 + math.exp(logit))
