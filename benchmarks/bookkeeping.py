"""What winnow itself costs: candidates a second through an engine that takes no time.

2,000 problems x 64 candidates of 1.5 KB are replayed, judged, made durable, selected and built; then the same
candidates go through a stock distilabel Pipeline: as it comes, and in two forms tuned for it. Memory is
measured at a quarter of the candidates and at all of them.

    python benchmarks/bookkeeping.py [--problems 2000] [--candidates 64]
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

import orjson
from measure import Measured, measure

FORMS = {"default": 200, "rows": 2000, "groups": 2000}  # problems: as it comes, the peer is slow
PEER = Path(__file__).with_name("peer_distilabel.py")
RECIPE = """\
name: bookkeeping-{problems}
source:
  type: jsonl
  path: {folder}/problems.jsonl
  limit: {problems}
  id: id
  prompt: question
  reference: {{answer: answer}}
sample: {{engine: {{type: replay, path: {folder}/candidates.jsonl}}, n: {n}}}
verify: {{type: number}}
"""


def write_data(folder: Path, problems: int, candidates: int) -> None:
    """Sums as problems; completions of 1.5 KB that end in a number, right in half of the cases."""
    dice = random.Random(0)
    words = ["".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=dice.randint(2, 9))) for _ in range(5000)]
    with (folder / "problems.jsonl").open("wb") as told, (folder / "candidates.jsonl").open("wb") as sampled:
        for at in range(problems):
            a, b = dice.randint(10, 99), dice.randint(10, 99)
            row = {"id": str(at), "question": f"Problem {at}: what is {a} + {b}?", "answer": str(a + b)}
            told.write(orjson.dumps(row) + b"\n")
            texts = []
            for _ in range(candidates):
                body = " ".join(dice.choices(words, k=240))[:1480]
                texts.append(f"{body} Answer: {a + b + dice.choice((0, 1))}")
            sampled.write(orjson.dumps({"id": str(at), "completions": texts}) + b"\n")


def run_winnow(folder: Path, problems: int, n: int) -> Measured:
    recipe = folder / f"recipe-{problems}.yaml"
    recipe.write_text(RECIPE.format(folder=folder, problems=problems, n=n))
    return measure(
        [sys.executable, "-m", "winnow.pipelines.cli", "run", str(recipe), "--runs-dir", str(folder)]
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--problems", type=int, default=2000)
    options.add_argument("--candidates", type=int, default=64)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="winnow-bookkeeping-") as name:
        folder = Path(name)
        print(f"writing {given.problems} x {given.candidates} candidates of 1.5 KB", flush=True)
        write_data(folder, given.problems, given.candidates)
        quarter = run_winnow(folder, given.problems // 4, given.candidates)
        whole = run_winnow(folder, given.problems, given.candidates)
        peers = {form: run_peer(folder, min(FORMS[form], given.problems), form) for form in FORMS}
    report(quarter, whole, peers, given)


def run_peer(folder: Path, problems: int, form: str) -> Measured:
    return measure([sys.executable, str(PEER), str(folder), str(problems), str(folder / form), form])


def report(quarter: Measured, whole: Measured, peers: dict[str, Measured], given: argparse.Namespace) -> None:
    count = given.problems * given.candidates
    counts = {form: min(problems, given.problems) * given.candidates for form, problems in FORMS.items()}
    rows = [
        ("winnow run, a quarter", count // 4, quarter),
        ("winnow run", count, whole),
        *((f"distilabel, {form}", counts[form], told) for form, told in peers.items()),
    ]
    print(f"\n{'':28}{'candidates':>12}{'wall s':>9}{'CPU s':>9}{'a second':>11}{'peak MB':>9}")
    for name, candidates, told in rows:
        rate = candidates / told.wall
        print(f"{name:28}{candidates:12}{told.wall:9.1f}{told.cpu:9.1f}{rate:11.0f}{told.peak_mb:9.0f}")
    for form, told in peers.items():
        ratio = (count / whole.wall) / (counts[form] / told.wall)
        prefix = "\n" if form == "default" else ""
        print(f"{prefix}ratio to a stock distilabel Pipeline, {form}: {ratio:.1f}")
    print(f"memory, all of them to a quarter: {whole.peak_mb / quarter.peak_mb:.2f}")


if __name__ == "__main__":
    main()
