"""Memory while sampling: peak of the local runner, its verifiers and its ledger, by candidates replayed.

The same runner replays, judges and keeps 1,000, 32,000 and 1,000,000 candidates, 16 a problem: all of them
(`n`), and, since a problem that waits is held, with a `target` that cannot be reached before the end.

    python benchmarks/memory.py [--most 1000000]
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

import orjson
from measure import Measured, measure

from winnow.pipelines.local import LocalRunner
from winnow.pipelines.progress import Progress
from winnow.pipelines.recipe import Recipe
from winnow.pipelines.run import collect_rarely
from winnow.steps.ledger import Ledger
from winnow.steps.stage import Context

N = 16
WORDS = "so we add both and find that it is"


def write_data(folder: Path, problems: int) -> None:
    with (folder / "problems.jsonl").open("wb") as told, (folder / "candidates.jsonl").open("wb") as sampled:
        for at in range(problems):
            row = {"id": str(at), "q": f"Problem {at}: what is {at} + {at}?", "a": str(2 * at)}
            told.write(orjson.dumps(row) + b"\n")
            texts = [f"{WORDS} {one}: {2 * at + (one % 3 > 0)}" for one in range(N)]
            sampled.write(orjson.dumps({"id": str(at), "completions": texts}) + b"\n")


def sample(folder: Path, problems: int, mode: str) -> None:
    """In a process of its own: what is measured."""
    rule = {"n": {"n": N}, "target": {"until": {"pass": 8, "fail": 8}, "max_n": N, "target": {"rows": 10**9}}}
    recipe = Recipe.model_validate(
        {
            "name": "memory",
            "source": {
                "type": "jsonl",
                "path": str(folder / "problems.jsonl"),
                "limit": problems,
                "id": "id",
                "prompt": "q",
                "reference": {"answer": "a"},
            },
            "sample": {"engine": {"type": "replay", "path": str(folder / "candidates.jsonl")}, **rule[mode]},
            "verify": {"type": "number"},
        }
    )
    collect_rarely()
    ledger, context = Ledger(folder / f"{mode}-{problems}"), Context(run="memory")
    asyncio.run(LocalRunner(recipe, ledger, context, Progress(context, None), lambda told: None).run())
    if context.counts["completions"] < problems * N * (1.0 if mode == "n" else 0.5):
        raise SystemExit(f"only {context.counts['completions']} candidates were sampled")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--most", type=int, default=1_000_000)
    options.add_argument("--sample", nargs=3, metavar=("FOLDER", "PROBLEMS", "MODE"), help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.sample:
        sample(Path(given.sample[0]), int(given.sample[1]), given.sample[2])
        return
    print(f"{'':10}{'candidates':>12}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}")
    for mode in ("n", "target"):
        peaks = []
        for count in sorted({1000, 32_000, given.most}):
            with tempfile.TemporaryDirectory(prefix="winnow-memory-") as name:
                write_data(Path(name), count // N)
                told = run(name, count // N, mode)
            peaks.append(told.peak_mb)
            print(f"{mode:10}{count:12,}{told.wall:9.1f}{told.cpu:9.1f}{told.peak_mb:9.0f}", flush=True)
        print(f"{mode:10}memory, the most to the least: {peaks[-1] / peaks[0]:.2f}")


def run(folder: str, problems: int, mode: str) -> Measured:
    return measure([sys.executable, __file__, "--sample", folder, str(problems), mode])


if __name__ == "__main__":
    main()
