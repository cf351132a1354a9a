"""What each rule makes of real candidates: rows, difficulty, lengths, what length alone tells, easy problems.

FILE is OpenAI's example_model_solutions.jsonl of GSM8K: 1,319 problems, four labelled solutions each. They
are replayed and judged as any run's, and must get the verdicts of their labels; then every rule builds.

    python benchmarks/policies.py FILE
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import yaml

from winnow.pipelines.begin import run_recipe
from winnow.pipelines.folder import RunFolder
from winnow.pipelines.recipe import load_recipe
from winnow.steps.build.config import BuildConfig
from winnow.steps.build.datasets import build_datasets
from winnow.steps.ledger import Ledger
from winnow.verifiers import load

SAMPLED = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")
RULES = (
    "best_vs_worst",
    "correct_vs_incorrect",
    "mu_minus_2sigma",
    "hard_negative",
    "length_matched",
    "near_duplicate",
    "step_level",
)
BUILDS: dict[str, dict[str, Any]] = {
    "sft, all": {"sft": {"per_problem": 4}},
    "sft, 1 a problem": {"sft": {"per_problem": 1}},
    "sft, distinct equations": {"sft": {"per_problem": 4, "distinct": "equations"}},
    "sft, pass rate .25 to .75": {"sft": {"per_problem": 4, "pass_rate": [0.25, 0.75]}},
    **{rule: {"preference": {"rule": rule, "per_problem": 2}} for rule in RULES},
    "margin": {"reward": {"rule": "margin", "per_problem": 2}},
    "best_vs_worst, the longest": {"preference": {"per_problem": 2, "rank_by": ["verdict", "length"]}},
    "kto": {"kto": {"per_problem": 4}},
    "grpo": {"grpo": {"pass_rate": [0.25, 0.75]}},
}


def write(rows: list[dict[str, Any]], folder: Path) -> Path:
    """The file as a source, a replay, and a recipe for them."""
    problems = [
        {"id": str(at), "question": row["question"], "answer": row["ground_truth"].rpartition("A: ")[2]}
        for at, row in enumerate(rows)
    ]
    replay = [
        {"id": str(at), "completions": [row[name]["solution"] for name in SAMPLED]}
        for at, row in enumerate(rows)
    ]
    for name, lines in (("problems", problems), ("replay", replay)):
        told = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(told, encoding="utf-8")
    recipe = {
        "name": "policies",
        "source": {
            "type": "jsonl",
            "path": str(folder / "problems.jsonl"),
            "id": "id",
            "prompt": "question",
            "reference": {"answer": "answer"},
        },
        "sample": {"engine": {"type": "replay", "path": str(folder / "replay.jsonl")}, "n": len(SAMPLED)},
        "verify": {"type": "math"},
    }
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe), encoding="utf-8")
    return path


def check_labels(rows: list[dict[str, Any]], ledger: Ledger) -> None:
    told = ledger.scan("verdicts").join(
        ledger.scan("completions").select("index", completion="id"), on="completion"
    )
    source = ledger.scan("problems").select("source_id", problem="id")
    verdicts = told.join(source, on="problem").select("source_id", "index", "status").collect()
    wrong = [
        (at, index)
        for at, index, status in verdicts.iter_rows()
        if (status == "pass") != rows[int(at)][SAMPLED[index]]["is_correct"]
    ]
    print(f"{verdicts.height:,} candidates, {len(wrong)} verdicts against their label\n")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("file", type=Path)
    rows = [json.loads(line) for line in options.parse_args().file.read_text(encoding="utf-8").splitlines()]
    with tempfile.TemporaryDirectory(prefix="winnow-policies-") as name:
        recipe = load_recipe(write(rows, Path(name)))
        run_recipe(recipe, Path(name))
        folder = RunFolder(Path(name) / recipe.name)
        ledger, verifier = Ledger(folder.ledger), load(recipe.verify).fingerprint
        check_labels(rows, ledger)
        names = ("made by", "rows", "problems", "pass rate", "length", "of the rejected", "longer is chosen")
        print(f"| {' | '.join(names)} | easiest |\n|{'---|' * 8}")
        for name, told in BUILDS.items():
            build = build_datasets(ledger, verifier, BuildConfig.model_validate(told), folder.path)
            print(line(name, next(iter(build.figures.values()))))


def line(name: str, told: dict[str, float | int]) -> str:
    length = told.get("length_chosen", told.get("length_completion"))
    cells = [
        f"{told['rows']:,}",
        f"{told['problems']:,}",
        f"{told['pass_rate']:.2f}",
        "" if length is None else f"{length:.0f}",
        f"{told['length_rejected']:.0f}" if "length_rejected" in told else "",
        f"{told['longer_is_chosen']:.3f}" if "longer_is_chosen" in told else "",
        f"{told['easiest_quarter']:.3f}",
    ]
    return f"| {name} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
