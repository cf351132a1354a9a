"""A scripted server that batches as a GPU does, and answers step by step.

The model of time: all sequences that run grow by a token in each iteration, and an iteration with b of them
takes `first` * (1 + b / `doubles`) seconds. At b = 1 a decoder does little but read its weights, so others
come along for little until arithmetic and caches count as much, at b = `doubles`. The defaults, 10 ms and
256, are about what a model of eight billion parameters does on a card of 3 TB/s: 100 tokens a second for
one, 12,800 for 256. At most `most` run at once (vLLM's `max_num_seqs`); others wait, first come, first
served. Prompts cost nothing: beginnings are in the prefix cache.

    cd tests && python -m support.batching_server --depth 6
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from collections import deque
from typing import Any

from support.answers import shown
from support.openai_server import OpenAIServer, Script

WORDS = ("the", "river", "stone", "seven", "green", "quiet", "walks", "under", "house", "maybe", "reads")


class BatchingServer(OpenAIServer):
    """Every answer has `depth` steps of some `length` words, exponentially spread; a word is a token."""

    def __init__(
        self,
        *,
        depth: int = 6,
        length: float = 24.0,
        first: float = 0.010,
        doubles: int = 256,
        most: int = 256,
        port: int = 0,
    ) -> None:
        super().__init__(Script(text="steps"), port=port)
        self.depth, self.length = depth, length
        self.first, self.doubles, self.most = first, doubles, most
        self._running: list[tuple[list[int], asyncio.Event]] = []  # a request's tokens to go, each choice's
        self._waiting: deque[tuple[list[int], asyncio.Event]] = deque()
        self._turning: asyncio.Task[None] | None = None

    def _choice(self, messages: list[Any], seed: int, index: int) -> dict[str, Any]:
        text, stopped = self.step(messages, seed)
        message = {"role": "assistant", "content": text}
        return {"index": index, "message": message, "finish_reason": "stop", "stop_reason": stopped}

    def step(self, messages: list[Any], seed: int) -> tuple[str, str | None]:
        """A further step, and the stop string that ended it: a function of the messages and the seed."""
        begun = str(messages[-1]["content"]) if messages[-1]["role"] == "assistant" else ""
        draw = random.Random(f"{json.dumps(messages)}|{seed}")
        words = draw.choices(WORDS, k=1 + round(draw.expovariate(1 / self.length)))
        if begun.count("\n\n") + 1 < self.depth:
            return " ".join(words), "\n\n"
        return " ".join([*words, str(draw.randint(0, 99))]), None

    async def _work(self, asked: dict[str, Any]) -> None:
        seed, n = int(asked.get("seed") or 0), int(asked.get("n") or 1)
        messages, _ = shown(asked["messages"], asked, self.script.goes_on)
        sizes = [len(self.step(messages, seed + at)[0].split()) for at in range(n)]
        done = asyncio.Event()
        self._waiting.append(([min(size, asked["max_tokens"]) for size in sizes], done))
        if self._turning is None or self._turning.done():
            self._turning = asyncio.create_task(self._turn())
        await done.wait()

    async def _turn(self) -> None:
        """Iterate while anything runs, by a clock of its own: late wake-ups add up to nothing."""
        clock = asyncio.get_running_loop().time
        at = clock()
        while self._running or self._waiting:
            batch = sum(sum(left > 0 for left in lefts) for lefts, _ in self._running)
            while self._waiting and (not batch or batch + len(self._waiting[0][0]) <= self.most):
                self._running.append(self._waiting.popleft())
                batch += len(self._running[-1][0])
            at += self.first * (1 + batch / self.doubles)
            await asyncio.sleep(max(0.0, at - clock()))
            for lefts, done in self._running:
                lefts[:] = [left - 1 for left in lefts]
                if max(lefts) <= 0:
                    done.set()
            self._running = [one for one in self._running if not one[1].is_set()]


def main() -> None:
    """Serve until killed; the first line of output is the URL."""
    parser = argparse.ArgumentParser(description="A scripted server that batches as a GPU does.")
    parser.add_argument("--depth", type=int, default=6)
    parser.add_argument("--first", type=float, default=0.010)
    given = parser.parse_args()
    server = BatchingServer(depth=given.depth, first=given.first)

    async def serve() -> None:
        await server.open()
        print(server.url, flush=True)
        await asyncio.Event().wait()

    asyncio.run(serve())


if __name__ == "__main__":
    main()
