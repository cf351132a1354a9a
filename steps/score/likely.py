"""How likely tokens are to a model behind a server: the log-probabilities of a prompt, as vLLM tells them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from winnow.steps.engine.failures import Trouble
from winnow.steps.engine.protocol import EngineUnreachable
from winnow.steps.records import Message
from winnow.steps.score.families import Encoded
from winnow.steps.score.pooling import number
from winnow.steps.score.server import Server, in_vain
from winnow.steps.score.vocabulary import Vocabulary, vocabulary_of
from winnow.steps.scoring import Reward


class ServedLikely:
    """A model at a server that is sent token ids: `/v1/completions` with `prompt_logprobs`, and `/tokenize`,
    which fills in the chat template."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._vocabulary: Vocabulary | None = None

    @property
    def vocabulary(self) -> Vocabulary:
        if self._vocabulary is None:
            raise RuntimeError("the scorer is not started")
        return self._vocabulary

    async def start(self) -> None:
        self._vocabulary = await asyncio.to_thread(vocabulary_of, *self._server.tokenizer)
        await self._server.start()

    async def close(self) -> None:
        await self._server.close()

    async def chat(self, messages: Sequence[Message], *, answering: bool) -> list[int]:
        body = {"messages": list(messages), "add_generation_prompt": answering}
        return await self._server.asked(body, _ids, "tokenize")

    async def logprobs(self, shown: Sequence[Encoded]) -> Sequence[Reward]:
        return await asyncio.gather(*map(self._one, shown))

    async def _one(self, shown: Encoded) -> Reward:
        if not shown.places:
            return Reward(steps=())
        body = {"prompt": shown.ids, "max_tokens": 1, "temperature": 0.0, "prompt_logprobs": 0}

        def read(reply: Any) -> tuple[float, ...]:
            told = reply["choices"][0]["prompt_logprobs"]
            if len(told) != len(shown.ids):
                raise ValueError("one log-probability a token is expected")
            return tuple(number(told[place][str(shown.ids[place])]["logprob"]) for place in shown.places)

        try:
            return Reward(steps=await self._server.asked(body, read))
        except (Trouble, EngineUnreachable) as failure:
            return in_vain(self._server, failure)


def _ids(reply: Any) -> list[int]:
    tokens = reply["tokens"]
    if not isinstance(tokens, list) or not all(type(one) is int for one in tokens):
        raise ValueError("token ids are expected")
    return tokens
