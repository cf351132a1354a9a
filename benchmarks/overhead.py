"""What winnow costs an engine: tokens a second from one server, beside a bare loop and a distilabel Pipeline.

The same problems go to the same server in turns: bare, winnow, winnow, bare, distilabel. Winnow's turn is
everything from starting its workers to the last commit, verdicts included; distilabel's the run of a stock
Pipeline, without verdicts, from the start of its processes to its data set.

    python benchmarks/overhead.py [llama | scripted | vllm --vllm COMMAND --model FOLDER]
        [--problems 32] [--n 4] [--max-tokens 48] [--rounds 1]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import aiohttp
from servers import Server, llama, scripted, vllm

from winnow.pipelines.local import LocalRunner
from winnow.pipelines.progress import Progress
from winnow.pipelines.recipe import Recipe
from winnow.steps.ledger import Ledger
from winnow.steps.records import Problem
from winnow.steps.stage import Context

KEY = "WINNOW_BENCH_KEY"
PEER = Path(__file__).with_name("peer_llm.py")


def recipe_for(server: Server, given: argparse.Namespace) -> Recipe:
    os.environ[KEY] = server.key
    rows = [{"q": f"What is {at} + {at}?", "a": str(2 * at)} for at in range(given.problems)]
    sums = {"type": "inline", "prompt": "q", "reference": {"answer": "a"}, "rows": rows}
    tasks = {"type": "tasks", "per_family": 50, "seed": 1, "limit": given.problems}
    return Recipe.model_validate(
        {
            "name": "overhead",
            "source": sums if given.server == "scripted" else tasks,
            "sample": {
                "engine": {
                    "type": "endpoint",
                    "base_url": f"{server.address}/v1",
                    "model": server.model,
                    "api_key": f"${{env:{KEY}}}",
                    "concurrency": server.at_once,
                },
                "temperature": 0.9,
                "max_tokens": given.max_tokens,
                "n": given.n,
            },
            "verify": {"type": "number" if given.server == "scripted" else "per_problem"},
        }
    )


async def through_winnow(recipe: Recipe) -> list[str]:
    """The texts of one run of the recipe over a new ledger."""
    with tempfile.TemporaryDirectory() as folder:
        ledger, context = Ledger(folder), Context(run="bench")
        await LocalRunner(recipe, ledger, context, Progress(context, None), lambda sampling: None).run()
        return ledger.scan("completions").select("text").collect()["text"].to_list()


def problems_of(recipe: Recipe) -> list[Problem]:
    return [row for row in recipe.source.rows() if isinstance(row, Problem)]


async def bare(recipe: Recipe, server: Server) -> list[str]:
    """The same requests by a loop that does nothing else."""
    sample = recipe.sample
    n = sample.n or 1
    turns = asyncio.Semaphore(server.at_once // n)
    headers = {"Authorization": f"Bearer {server.key}"}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:

        async def ask(problem: Problem) -> list[str]:
            body = {
                "model": server.model,
                "messages": sample.ways[0].messages(problem),
                "n": n,
                "seed": sample.ways[0].seed_of(problem, 0),
                "temperature": sample.temperature,
                "top_p": sample.top_p,
                "max_tokens": sample.max_tokens,
            }
            async with turns, session.post(f"{server.address}/v1/chat/completions", json=body) as reply:
                told: dict[str, Any] = await reply.json()
            return [choice["message"]["content"] or "" for choice in told["choices"]]

        return [text for texts in await asyncio.gather(*map(ask, problems_of(recipe))) for text in texts]


async def through_distilabel(recipe: Recipe, server: Server) -> list[str]:
    sample = recipe.sample
    parameters = {
        "temperature": sample.temperature,
        "top_p": sample.top_p,
        "max_new_tokens": sample.max_tokens,
    }
    prompts = [sample.ways[0].messages(problem) for problem in problems_of(recipe)]
    job = {**vars(server), "n": sample.n, "parameters": parameters, "prompts": prompts}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "job.json"
        file.write_text(json.dumps(job))
        command = [sys.executable, PEER, file]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"distilabel's turn failed:\n{done.stderr[-4000:]}")
        told: list[str] = json.loads(file.with_suffix(".out").read_text())
        return told


async def timed(turn: Callable[[], Awaitable[Any]]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = await turn()
    return time.perf_counter() - started, result


async def compare(given: argparse.Namespace, server: Server) -> None:
    recipe = recipe_for(server, given)
    turns = {
        "bare": lambda: bare(recipe, server),
        "winnow": lambda: through_winnow(recipe),
        "distilabel": lambda: through_distilabel(recipe, server),
    }
    rates: dict[str, list[float]] = {"bare": [], "winnow": [], "distilabel": []}
    if given.server != "scripted":
        few = recipe.source.model_copy(update={"limit": 8})
        await bare(recipe.model_copy(update={"source": few}), server)
    for turn in (*("bare", "winnow", "winnow", "bare") * given.rounds, "distilabel"):
        seconds, texts = await timed(turns[turn])
        tokens = await server.count(texts)
        rates[turn].append(tokens / seconds)
        print(f"{turn:10} {tokens:7} tokens {seconds:8.1f} s {tokens / seconds:8.1f} tokens/s", flush=True)
    means = {turn: statistics.fmean(found) for turn, found in rates.items()}
    print(f"\n{given.server}: " + ", ".join(f"{turn} {rate:.1f} tokens/s" for turn, rate in means.items()))
    print(f"ratio to the bare loop: {means['winnow'] / means['bare']:.3f}")
    print(f"ratio to distilabel: {means['winnow'] / means['distilabel']:.2f}")


def server_of(given: argparse.Namespace, folder: Path) -> AbstractContextManager[Server]:
    if given.server == "vllm":
        return vllm(folder, given.vllm, given.model)
    return scripted() if given.server == "scripted" else llama(folder)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("server", nargs="?", choices=["llama", "scripted", "vllm"], default="llama")
    options.add_argument("--vllm", default="vllm")
    options.add_argument("--model", default="")
    options.add_argument("--problems", type=int, default=32)
    options.add_argument("--n", type=int, default=4)
    options.add_argument("--max-tokens", type=int, default=48)
    options.add_argument("--rounds", type=int, default=1)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, server_of(given, Path(folder)) as server:
        asyncio.run(compare(given, server))


if __name__ == "__main__":
    main()
