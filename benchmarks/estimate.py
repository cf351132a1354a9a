"""How near `winnow estimate` comes to what the run then takes: ten seeded replays of the demo.

The embedded model answers every problem of the demo 16 times, once (some minutes on two cores); FILE keeps
that. Each replay shuffles the answers, estimates from 32 problems, runs to the end, and compares.

    python benchmarks/estimate.py FILE [--replays 10]
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import random
import re
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from winnow.pipelines import estimate as estimating
from winnow.pipelines.begin import run_recipe
from winnow.pipelines.recipe import Recipe, load_recipe
from winnow.pipelines.terminal import err, out
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.resume import spent
from winnow.steps.sample.projection import Range, project

DEMO = Path(__file__).parent.parent / "pipelines/recipes/demo.yaml"
NEAR = 0.25
PROBLEMS = 32  # as `winnow estimate` asks unless told otherwise


def record(file: Path) -> None:
    """Ask the embedded model, and write what it said in the format of `replay`."""
    with tempfile.TemporaryDirectory() as folder:
        sets = ("sample.until=null", "sample.max_n=null", "sample.n=16")
        run_recipe(load_recipe(DEMO, sets), Path(folder))
        ledger = Ledger(Path(folder) / "demo/ledger")
        names = dict(ledger.scan("problems").select("id", "source_id").collect().iter_rows())
        rows = ledger.scan("completions").sort("problem", "index").collect()
    found: dict[str, list[dict[str, object]]] = {}
    prompts = {
        names[row["problem"]]: row["prompt_tokens"]
        for row in rows.iter_rows(named=True)
        if row["prompt_tokens"]
    }
    for row in rows.iter_rows(named=True):
        told = {
            "text": row["text"],
            "finish_reason": row["finish_reason"],
            "tokens": row["completion_tokens"],
        }
        found.setdefault(names[row["problem"]], []).append(told)
    lines = [
        json.dumps({"id": name, "prompt_tokens": prompts[name], "completions": said}) + "\n"
        for name, said in found.items()
    ]
    file.write_text("".join(lines), encoding="utf-8")


def replay(rows: list[dict[str, list[object]]], seed: int) -> tuple[dict[str, float], dict[str, float]]:
    """What was estimated, and what the run then took."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "said.jsonl"
        shuffled = [{**row, "completions": dice.sample(row["completions"], 16)} for row in rows]
        file.write_text("".join(json.dumps(row) + "\n" for row in shuffled))
        engine = json.dumps({"type": "replay", "path": str(file)})
        recipe = load_recipe(DEMO, (f"sample.engine={engine}", f"sample.seed={seed}"))
        told: dict[str, Range] = {}

        def overheard(*arguments: object, **more: object) -> dict[str, Range]:
            told.update(project(*arguments, **more))  # type: ignore[arg-type]
            return told

        estimating.project = overheard  # type: ignore[assignment]
        estimating.estimate_recipe(recipe, folder, PROBLEMS)
        run_recipe(recipe, folder)
        return {key: one.middle for key, one in told.items()}, took(recipe, folder)


def took(recipe: Recipe, folder: Path) -> dict[str, float]:
    ledger, manifest = Ledger(folder / recipe.name / "ledger"), folder / recipe.name / "manifest.json"
    rows: dict[str, float] = {"sft": 0, "preference": 0}
    for file in json.loads(manifest.read_text())["build"]["files"]:
        rows[re.split(r"[/\\]", file["path"])[0]] += file["rows"]
    return {"tokens": spent(ledger).tokens, **rows}


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    given.add_argument("file", type=Path)
    given.add_argument("--replays", type=int, default=10)
    args = given.parse_args()
    if not args.file.exists():
        record(args.file)
    rows = [json.loads(line) for line in args.file.read_text().splitlines()]
    table = Table("seed", "tokens", "took", "", "sft", "took", "", "preference", "took", "")
    near = 0
    for seed in range(args.replays):
        with contextlib.redirect_stderr(io.StringIO()):
            out.quiet = err.quiet = True
            told, found = replay(rows, seed)
        ratios = {key: told[key] / found[key] for key in found}
        near += all(abs(ratio - 1) <= NEAR for ratio in ratios.values())
        cells = [(f"{told[key]:,.0f}", f"{found[key]:,.0f}", f"{ratios[key]:.2f}") for key in found]
        table.add_row(str(seed), *(cell for three in cells for cell in three))
    console = Console(file=sys.stdout, width=120)
    console.print(table)
    console.print(f"within {NEAR:.0%} in all three: {near} of {args.replays}")


if __name__ == "__main__":
    main()
