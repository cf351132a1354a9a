"""What asking where it pays saves: tokens to the kept rows of a fixed n, beside fixed n and an oracle.

Winnow runs `until: {pass: 4, fail: 2}` with `target` over recorded candidates, 64 requests in flight, to as
many kept rows (different candidates that `until` asks for) as the first 16, 32 and 64 of every problem hold.
The oracle knows every problem's pass rate, asks one by one, and always where the next row is most likely.

    python benchmarks/quota.py [FILE --recipe RECIPE] [--sets 5]

FILE is one that the engine `replay` reads, RECIPE has the source and the verifier that judge it. Without
them problems are simulated, 200 a set, with pass rates from three Beta distributions.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import json
import random
import statistics
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from winnow.pipelines.local import LocalRunner
from winnow.pipelines.progress import Progress
from winnow.pipelines.recipe import Recipe, load_recipe
from winnow.steps.engine.recording import parse
from winnow.steps.ledger import Ledger
from winnow.steps.records import Problem, key_of
from winnow.steps.stage import Context
from winnow.verifiers import Status, load

PASS, FAIL, IN_FLIGHT = 4, 2, 64
FIXED = (16, 32, 64)
SIMULATED = ((1.0, 1.0), (2.0, 2.0), (0.5, 1.5))
PROBLEMS, RECORDED, TOKENS = 200, 640, 100


class Outcome(NamedTuple):
    """One candidate: `digest` tells texts apart, `passed` is None where it is neither right nor wrong."""

    digest: str
    passed: bool | None
    tokens: int


@dataclass
class World:
    """Recorded outcomes of each problem, in the order in which they are sampled."""

    outcomes: list[list[Outcome]]
    rates: list[float]

    @classmethod
    def simulated(cls, a: float, b: float, seed: int) -> World:
        chance = random.Random(seed)
        rates = [chance.betavariate(a, b) for _ in range(PROBLEMS)]
        rows = [[Outcome(str(i), chance.random() < p, TOKENS) for i in range(RECORDED)] for p in rates]
        return cls(rows, rates)

    @classmethod
    def recorded(cls, file: Path, recipe: Recipe) -> World:
        problems = {row.source_id: row for row in recipe.source.rows() if isinstance(row, Problem)}
        verifier = load(recipe.verify)
        rows = []
        for line in file.read_bytes().splitlines():
            source_id, choices = parse(line)
            statuses = verifier.verify_batch([(problems[source_id].reference, one.text) for one in choices])
            rows.append(
                [
                    Outcome(
                        key_of(one.text.strip()),
                        {Status.PASS: True, Status.FAIL: False}.get(told.status),
                        one.tokens or max(1, len(one.text) // 4),
                    )
                    for one, told in zip(choices, statuses, strict=True)
                ]
            )
        return cls(rows, [sum(one.passed is True for one in row) / len(row) for row in rows])

    def shuffled(self, seed: int) -> World:
        chance = random.Random(seed)
        return World([chance.sample(row, len(row)) for row in self.outcomes], self.rates)


class Result(NamedTuple):
    """What was paid, and what each problem has of it."""

    tokens: int
    kept: list[int]

    def easiest(self, rates: list[float]) -> float:
        """The share of kept rows from the quarter of problems that pass most often."""
        order = sorted(range(len(rates)), key=lambda at: -rates[at])[: len(rates) // 4]
        return sum(self.kept[at] for at in order) / max(1, sum(self.kept))


def kept(outcomes: Iterable[Outcome]) -> int:
    sides: dict[bool, set[str]] = {True: set(), False: set()}
    for one in outcomes:
        if one.passed is not None:
            sides[one.passed].add(one.digest)
    return min(len(sides[True]), PASS) + min(len(sides[False]), FAIL)


def fixed(world: World, n: int) -> Result:
    tokens = sum(one.tokens for row in world.outcomes for one in row[:n])
    return Result(tokens, [kept(row[:n]) for row in world.outcomes])


def oracle(world: World, rows: int) -> Result:
    """Greedy, with the true pass rates; a row that is likelier by a token comes first."""
    asked, has = [0] * len(world.rates), [0] * len(world.rates)
    sides = [[0, 0] for _ in world.rates]
    tokens = [statistics.fmean(one.tokens for one in row) for row in world.outcomes]

    def worth(at: int) -> float:
        rate, (passed, failed) = world.rates[at], sides[at]
        if asked[at] == len(world.outcomes[at]):
            return 0.0
        return (rate * (passed < PASS) + (1 - rate) * (failed < FAIL)) / tokens[at]

    heap = [(-worth(at), at) for at in range(len(world.rates))]
    heapq.heapify(heap)
    paid, total = 0, 0
    while total < rows and heap:
        _, at = heapq.heappop(heap)
        one = world.outcomes[at][asked[at]]
        asked[at] += 1
        paid += one.tokens
        now = kept(world.outcomes[at][: asked[at]])
        if now > has[at]:
            sides[at][0 if one.passed else 1] += 1
        total += now - has[at]
        has[at] = now
        if worth(at) > 0:
            heapq.heappush(heap, (-worth(at), at))
    return Result(paid, has)


def winnow(world: World, rows: int) -> Result:
    """The local runner, its ledger and its verifiers, over the recorded outcomes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        problems = [{"id": str(at), "q": f"problem {at}", "a": ""} for at in range(len(world.rates))]
        words = {True: "right", False: "wrong", None: ""}
        said = [
            [
                {"text": words[one.passed] and f"{words[one.passed]} {one.digest}", "tokens": one.tokens}
                for one in row
            ]
            for row in world.outcomes
        ]
        answers = [{"id": str(at), "completions": row} for at, row in enumerate(said)]
        for file, lines in (("problems.jsonl", problems), ("candidates.jsonl", answers)):
            (folder / file).write_text("".join(json.dumps(line) + "\n" for line in lines))
        recipe = Recipe.model_validate(
            {
                "name": "quota",
                "source": {
                    "type": "jsonl",
                    "path": str(folder / "problems.jsonl"),
                    "id": "id",
                    "prompt": "q",
                    "reference": {"answer": "a"},
                },
                "sample": {
                    "engine": {
                        "type": "replay",
                        "path": str(folder / "candidates.jsonl"),
                        "concurrency": IN_FLIGHT,
                    },
                    "until": {"pass": PASS, "fail": FAIL},
                    "max_n": max(len(row) for row in world.outcomes),
                    "target": {"rows": rows},
                },
                "verify": {"type": "regex", "pattern": "^right"},
                "self_check": 0,
            }
        )
        ledger, context = Ledger(folder / "ledger"), Context(run="quota")
        runner = LocalRunner(recipe, ledger, context, Progress(context, None), lambda sampling: None)
        asyncio.run(runner.run())
        ids = dict(ledger.scan("problems").select("id", "source_id").collect().iter_rows())
        counts = ledger.scan("completions").group_by("problem").len().collect().iter_rows()
        asked = {int(ids[problem]): count for problem, count in counts}
        taken = [row[: asked.get(at, 0)] for at, row in enumerate(world.outcomes)]
        return Result(context.spent.tokens, [kept(row) for row in taken])


def measured(name: str, worlds: list[World]) -> list[tuple[str, ...]]:
    lines = []
    for n in FIXED:
        shares, ratios, easy_fixed, easy = [], [], [], []
        for world in worlds:
            plain = fixed(world, n)
            goal = sum(plain.kept)
            ours, best = winnow(world, goal), oracle(world, goal)
            if sum(ours.kept) < goal:
                raise SystemExit(f"{name}, n = {n}: {sum(ours.kept)} rows of {goal}: too few are recorded")
            shares.append(ours.tokens / plain.tokens)
            ratios.append(ours.tokens / best.tokens)
            easy_fixed.append(plain.easiest(world.rates))
            easy.append(ours.easiest(world.rates))
        mean = statistics.fmean
        lines.append(
            (
                name,
                str(n),
                f"{mean(shares):.3f}",
                f"{max(shares):.3f}",
                f"{mean(ratios):.2f}",
                f"{max(ratios):.2f}",
                f"{mean(easy_fixed):.0%}",
                f"{mean(easy):.0%}",
            )
        )
    return lines


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    given.add_argument("file", nargs="?", type=Path)
    given.add_argument("--recipe", type=Path)
    given.add_argument("--sets", type=int, default=5)
    args = given.parse_args()
    if (args.file is None) != (args.recipe is None):
        given.error("FILE and --recipe go together: the recipe says how the file's candidates are judged")
    table = Table(
        "pass rates", "n", "of fixed n", "worst", "of the oracle", "worst", "easiest 1/4, fixed", "ours"
    )
    if args.file:
        world = World.recorded(args.file, load_recipe(args.recipe))
        lines = measured(args.file.name, [world.shuffled(seed) for seed in range(args.sets)])
    else:
        lines = [
            line
            for a, b in SIMULATED
            for line in measured(
                f"Beta({a:g}, {b:g})", [World.simulated(a, b, seed) for seed in range(args.sets)]
            )
        ]
    for line in lines:
        table.add_row(*line)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
