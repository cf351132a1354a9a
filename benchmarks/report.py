"""`winnow report` over three runs with a million candidates in all: time, memory, and how much it writes.

python benchmarks/report.py [--candidates 1000000] [--folder DIR]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from big_ledger import N, write_big_ledger
from measure import measure

from winnow.pipelines.folder import RunFolder
from winnow.pipelines.recipe import Recipe
from winnow.verifiers import load

RUNS = 3


def make_run(folder: Path, candidates: int, seed: int) -> None:
    """A run's folder with a ledger of so many candidates, as if they had been replayed."""
    told = {
        "name": folder.name,
        "source": {"type": "inline", "rows": [{"q": "1 + 1?", "a": "2"}], "prompt": "q"},
        "sample": {"engine": {"type": "replay", "path": "candidates.jsonl"}, "n": N},
        "verify": {"type": "number", "answer": 2},
    }
    recipe = Recipe.model_validate(told)
    run = RunFolder(folder)
    run.make()
    run.claim(recipe)
    write_big_ledger(run.ledger, candidates, seed, load(recipe.verify).fingerprint)


def size_of(paths: list[Path]) -> float:
    """Megabytes of files, those in folders included."""
    files = [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path])]
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--candidates", type=int, default=1_000_000)
    options.add_argument("--folder", type=Path, help="where the runs are written, and kept for the next time")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="winnow-report-") as scratch:
        place = given.folder or Path(scratch)
        runs = [place / f"run-{given.candidates}-{at}" for at in range(RUNS)]
        for seed, run in enumerate(runs):
            if not run.exists():
                make_run(run, given.candidates // RUNS // N * N, seed)
        to = Path(scratch) / "report"
        command = [sys.executable, "-m", "winnow.pipelines.cli", "report", *map(str, runs), "--out", str(to)]
        told = measure(command)
        report = json.loads((to / "report.json").read_text(encoding="utf-8"))
        candidates = sum(run["counts"]["completions"] for run in report["runs"])
        print(f"{candidates:,} candidates of {RUNS} runs: {told.cpu:.1f} s of CPU time, {told.wall:.1f} s")
        print(f"peak {told.peak_mb:,.0f} MB")
        sizes = {
            name: size_of(list(to.glob(name))) for name in ("report.json", "report.html", "report-*", "plots")
        }
        print("MB written: " + ", ".join(f"{name} {size:.2f}" for name, size in sizes.items()))


if __name__ == "__main__":
    main()
