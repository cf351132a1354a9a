"""What winnow costs an engine: tokens a second from one llama.cpp server, beside a bare loop.

The same requests (messages, seeds, n) go to the same server in turns: bare, winnow, winnow, bare. Winnow's
turn is everything from starting its workers to the last commit, verdicts included.

    python benchmarks/overhead.py [--problems 32] [--n 4] [--max-tokens 48] [--rounds 1]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import polars as pl
from llama import Llama

from winnow.pipelines.local import LocalRunner
from winnow.pipelines.progress import Progress
from winnow.pipelines.recipe import Recipe
from winnow.steps.ledger import Ledger
from winnow.steps.records import Problem
from winnow.steps.stage import Context

SLOTS = 16
KEY = "WINNOW_BENCH_KEY"


def recipe_for(server: Llama, given: argparse.Namespace) -> Recipe:
    os.environ[KEY] = server.key
    return Recipe.model_validate(
        {
            "name": "overhead",
            "source": {"type": "tasks", "per_family": 50, "seed": 1, "limit": given.problems},
            "sample": {
                "engine": {
                    "type": "endpoint",
                    "base_url": f"{server.address}/v1",
                    "model": "smollm2",
                    "api_key": f"${{env:{KEY}}}",
                    "concurrency": 2 * SLOTS,
                },
                "temperature": 0.9,
                "max_tokens": given.max_tokens,
                "n": given.n,
            },
            "verify": {"type": "per_problem"},
        }
    )


async def through_winnow(recipe: Recipe, server: Llama) -> int:
    """Tokens of one run of the recipe over a new ledger."""
    with tempfile.TemporaryDirectory() as folder:
        ledger, context = Ledger(folder), Context(run="bench")
        await LocalRunner(recipe, ledger, context, Progress(context, None), lambda sampling: None).run()
        told = ledger.scan("completions").select(pl.col("completion_tokens").sum()).collect()
        return int(told.item())


async def bare(recipe: Recipe, server: Llama) -> list[str]:
    """The same requests by a loop that does nothing else."""
    sample = recipe.sample
    n = sample.n or 1
    problems = [row for row in recipe.source.rows() if isinstance(row, Problem)]
    turns = asyncio.Semaphore(2 * SLOTS // n)
    headers = {"Authorization": f"Bearer {server.key}"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def ask(problem: Problem) -> list[str]:
            body = {
                "model": "smollm2",
                "messages": sample.parameters.messages(problem),
                "n": n,
                "seed": sample.parameters.seed_of(problem, 0),
                "temperature": sample.temperature,
                "top_p": sample.top_p,
                "max_tokens": sample.max_tokens,
            }
            async with turns, session.post(f"{server.address}/v1/chat/completions", json=body) as reply:
                told: dict[str, Any] = await reply.json()
            return [choice["message"]["content"] or "" for choice in told["choices"]]

        return [text for texts in await asyncio.gather(*map(ask, problems)) for text in texts]


async def timed(turn: Callable[[], Awaitable[Any]]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = await turn()
    return time.perf_counter() - started, result


async def compare(given: argparse.Namespace, server: Llama) -> None:
    recipe = recipe_for(server, given)
    rates: dict[str, list[float]] = {"bare": [], "winnow": []}
    await bare(recipe.model_copy(update={"source": recipe.source.model_copy(update={"limit": 8})}), server)
    for turn in ("bare", "winnow", "winnow", "bare") * given.rounds:
        if turn == "bare":
            seconds, texts = await timed(lambda: bare(recipe, server))
            tokens = await server.count(texts)
        else:
            seconds, tokens = await timed(lambda: through_winnow(recipe, server))
        rates[turn].append(tokens / seconds)
        print(f"{turn:8} {tokens:7} tokens {seconds:8.1f} s {tokens / seconds:8.1f} tokens/s", flush=True)
    means = {turn: statistics.fmean(found) for turn, found in rates.items()}
    print(f"\nwinnow {means['winnow']:.1f} tokens/s, bare loop {means['bare']:.1f} tokens/s")
    print(f"ratio to the bare loop: {means['winnow'] / means['bare']:.3f}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--problems", type=int, default=32)
    options.add_argument("--n", type=int, default=4)
    options.add_argument("--max-tokens", type=int, default=48)
    options.add_argument("--rounds", type=int, default=1)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, Llama(Path(folder) / "llama.log", SLOTS) as server:
        asyncio.run(compare(given, server))


if __name__ == "__main__":
    main()
