"""Beam search over many problems at once, beside one problem at a time: problems a second.

One at a time is how search-and-learn runs it (it refuses any `search_batch_size` but 1 for beam search):
each step of a problem's beams is one batch, and the next step, or the next problem, waits for the last of it.
Here it is a bare loop that does nothing else. Winnow's turn is everything, from starting its workers to the
last commit. Both ask the same server, which batches as a GPU does (`tests/support/batching_server.py` has the
model of its time), for the same searches, and must find the same chains. The scorer takes next to no time,
which favours the loop: one that shares the card would stop it after each step.

    python benchmarks/search_throughput.py [--problems 64] [--alone 6] [--n 16] [--width 4] [--depth 6]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import aiohttp

from winnow.pipelines.local import LocalRunner
from winnow.pipelines.progress import Progress
from winnow.pipelines.recipe import Recipe
from winnow.steps.ledger import Ledger
from winnow.steps.records import Problem, place_of
from winnow.steps.sample.search.beam import beam
from winnow.steps.sample.search.node import Grow, Node, Rate
from winnow.steps.stage import Context

TESTS = Path(__file__).parents[1] / "tests"
SCORER = "def good(completions, **columns):\n    return [len(set(said)) % 7 / 7 for said in completions]\n"


def good(text: str) -> float:
    """The scorer above."""
    return len(set(text)) % 7 / 7


@contextmanager
def served(given: argparse.Namespace) -> Iterator[str]:
    """The URL of the server, which is a process of its own."""
    command = [sys.executable, "-m", "support.batching_server", f"--depth={given.depth}"]
    command.append(f"--first={given.first}")
    with subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None:
            raise RuntimeError("subprocess gave no pipe, though it was asked for one")
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def recipe_for(given: argparse.Namespace, url: str, scorer: Path) -> Recipe:
    rows = [{"q": f"What is {at} + {at}?", "a": str(2 * at)} for at in range(given.problems)]
    engine = {"type": "endpoint", "base_url": url, "model": "m", "concurrency": 512}
    return Recipe.model_validate(
        {
            "name": "search",
            "source": {"type": "inline", "prompt": "q", "reference": {"answer": "a"}, "rows": rows},
            "sample": {
                "engine": engine,
                "search": {"type": "beam", "n": given.n, "width": given.width},
            },
            "verify": {"type": "number"},
            "score": {"type": "function", "function": f"{scorer}:good"},
        }
    )


async def at_once(recipe: Recipe) -> dict[str, list[str]]:
    """The chains of one run over a new ledger, by problem."""
    with tempfile.TemporaryDirectory() as folder:
        ledger, context = Ledger(folder), Context(run="bench")
        await LocalRunner(recipe, ledger, context, Progress(context, None), lambda sampling: None).run()
        rows = ledger.scan("completions").sort("index").select("problem", "text").collect()
    found: dict[str, list[str]] = {}
    for problem, text in rows.iter_rows():
        found.setdefault(problem, []).append(text)
    return found


class OneByOne:
    """The bare loop: a search's rounds, one after the other."""

    def __init__(self, session: aiohttp.ClientSession, url: str, recipe: Recipe) -> None:
        self.session, self.url, self.sample = session, url, recipe.sample

    async def search(self, problem: Problem, given: argparse.Namespace) -> list[str]:
        run = beam(given.n, given.width, 40)
        asks = next(run)
        try:
            while True:
                grows = [ask for ask in asks if isinstance(ask, Grow)]
                rates = [good(ask.node.text) for ask in asks if isinstance(ask, Rate)]
                asks = run.send(await self.grown(problem, grows) if grows else rates)
        except StopIteration as end:
            return [node.text for node in end.value]

    async def grown(self, problem: Problem, asks: Sequence[Grow]) -> list[Node]:
        """A round's steps: a request for each beam, all of them at once."""
        each = [(parent, len(list(same))) for parent, same in groupby(asks, key=lambda ask: ask.parent)]
        answers = await asyncio.gather(*(self.ask(problem, parent, n) for parent, n in each))
        return [node for nodes in answers for node in nodes]

    async def ask(self, problem: Problem, parent: Node, n: int) -> list[Node]:
        said = [{"role": "assistant", "content": parent.text}] if parent.steps else []
        way = self.sample.ways[0]
        body = {
            "model": "m",
            "messages": [*problem.prompt, *said],
            "n": n,
            "seed": way.seed_of(Problem("", (), id=place_of(problem.id, parent.steps)), 0),
            "temperature": way.temperature,
            "max_tokens": way.max_tokens,
            **({"continue_final_message": True, "add_generation_prompt": False} if said else {}),
        }
        async with self.session.post(f"{self.url}/chat/completions", json=body) as reply:
            told: dict[str, Any] = await reply.json()
        return [self.node(parent, choice) for choice in told["choices"]]

    @staticmethod
    def node(parent: Node, choice: dict[str, Any]) -> Node:
        stopped = choice["stop_reason"]
        text = choice["message"]["content"] + (stopped or "")
        return Node((*parent.steps, text), ended=stopped is None)


async def one_by_one(recipe: Recipe, url: str, given: argparse.Namespace) -> dict[str, list[str]]:
    """The chains of the first problems."""
    problems = [row for row in recipe.source.rows() if isinstance(row, Problem)][: given.alone]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        loop = OneByOne(session, url, recipe)
        return {problem.id: await loop.search(problem, given) for problem in problems}


async def compare(given: argparse.Namespace, url: str, scorer: Path) -> None:
    recipe = recipe_for(given, url, scorer)
    started = time.perf_counter()
    alone = await one_by_one(recipe, url, given)
    between = time.perf_counter()
    together = await at_once(recipe)
    ended = time.perf_counter()
    if any(together[problem] != chains for problem, chains in alone.items()):
        sys.exit("the two found different chains: " + json.dumps(sorted(alone))[:200])
    rates = len(alone) / (between - started), len(together) / (ended - between)
    for name, count, seconds, rate in (
        ("one at a time", len(alone), between - started, rates[0]),
        ("at once", len(together), ended - between, rates[1]),
    ):
        print(f"{name:14} {count:4} problems {seconds:7.1f} s {rate:8.3f} problems/s")
    print(f"ratio {rates[1] / rates[0]:.1f}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--problems", type=int, default=64)
    options.add_argument("--alone", type=int, default=6, help="problems of the loop")
    options.add_argument("--n", type=int, default=16)
    options.add_argument("--width", type=int, default=4)
    options.add_argument("--depth", type=int, default=6)
    options.add_argument("--first", type=float, default=0.010, help="seconds of a token, for one alone")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, served(given) as url:
        scorer = Path(folder) / "scorer.py"
        scorer.write_text(SCORER, encoding="utf-8")
        asyncio.run(compare(given, url, scorer))


if __name__ == "__main__":
    main()
