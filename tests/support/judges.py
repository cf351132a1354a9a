"""A judge that keeps count: each of its judgements takes as many tokens as any other."""

from __future__ import annotations

import asyncio
import math
from typing import Any

from support.openai_server import OpenAIServer

TOKENS, COST = 110, 0.02
"""What a judgement takes: 100 tokens of a prompt and 10 of its own, and what these cost by `PRICES`."""
PRICES = {"input": 100.0, "output": 1000.0}


class JudgeServer(OpenAIServer):
    """It likes everything, in whatever form it is asked. After `most` judgements it answers no more, until
    that is another number: who waits then is cut off, and not counted."""

    @property
    def judged(self) -> int:
        """Judgements that were answered."""
        return sum(map(_judges, self.answered))

    def engine(self, **keys: Any) -> dict[str, Any]:
        """The part of a recipe that asks it, once at a time."""
        told = {"type": "endpoint", "base_url": self.url, "model": "judge", "prices": PRICES}
        return {**told, "concurrency": 1, **keys}

    async def _work(self, asked: dict[str, Any]) -> None:
        most = self.most
        if _judges(asked) and self.judged >= most:
            while self.most == most:
                await asyncio.sleep(0.01)
            raise ConnectionError("whoever asked is gone")

    def _completion(self, asked: dict[str, Any]) -> dict[str, Any]:
        found = super()._completion(asked)
        endings = ("Better: A", "First wrong step: -1")
        said = next((one for one in endings if one in asked["messages"][-1]["content"]), "Score: 7")
        likely = [{"token": "Yes", "logprob": math.log(0.9)}, {"token": "No", "logprob": math.log(0.1)}]
        for choice in found["choices"]:
            choice["message"]["content"] = said
            if asked.get("logprobs"):
                choice["logprobs"] = {"content": [{**likely[0], "top_logprobs": likely}]}
        usage = {"prompt_tokens": 100, "completion_tokens": 10 * len(found["choices"])}
        return {**found, "usage": usage}


def _judges(asked: dict[str, Any]) -> bool:
    """Whether it is no probe."""
    return "<task-" in str(asked["messages"][-1]["content"])
