"""What `until: {agree}` saves, and what it costs, on recorded completions: how often the majority is right.

    python benchmarks/consensus.py FILE [--reference gt] [--completions code]

FILE is JSON lines, each with the answer and a list of completions, as `qwen_math_cot_100.jsonl` of
Qwen2.5-Math has them. Every rule asks each problem for its completions in order, until it stops.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from winnow.steps.records import Candidate, Choice
from winnow.steps.sample.config import SampleConfig
from winnow.steps.sample.consensus import answers_of
from winnow.steps.sample.plan import next_goal
from winnow.verifiers import Status, load

RULES: list[Any] = [0.9, 0.95, 0.99, {"window": 3}, {"window": 4}, {"window": 5}]
Group = tuple[list[Candidate], list[bool]]  # with which of them are right


def read(path: Path, reference: str, completions: str) -> list[Group]:
    """Each problem's candidates, with their answers, and whether `math` passes them."""
    answer, math = load({"type": "answer", "kind": "math"}), load({"type": "math"})
    groups = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        texts, golden = row[completions], {"answer": row[reference]}
        candidates = [Candidate(str(at), at, Choice(text), answer({}, text)) for at, text in enumerate(texts)]
        groups.append((candidates, [math(golden, text).status is Status.PASS for text in texts]))
    return groups


def stopped(plan: SampleConfig, candidates: Sequence[Candidate]) -> int:
    """How many of them the rule asks for."""
    goal = 0
    while (further := next_goal(plan, candidates[:goal])) > goal:
        goal = further
    return goal


def majority_is_right(group: Group, count: int) -> bool:
    """Whether the most frequent answer of the first so many is right; of equals the first."""
    candidates, right = group
    answers = answers_of(candidates[:count])
    votes = Counter(one for one in answers if one is not None)
    return bool(votes) and right[answers.index(votes.most_common(1)[0][0])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--reference", default="gt")
    parser.add_argument("--completions", default="code")
    asked = parser.parse_args()
    groups = read(asked.file, asked.reference, asked.completions)
    most = min(len(candidates) for candidates, _ in groups)
    mean = sum(sum(right) / len(right) for _, right in groups) / len(groups)
    print(f"{len(groups)} problems x {most}: pass@1 {mean:.3f}")
    right = sum(majority_is_right(group, most) for group in groups)
    print(f"{f'n: {most}':24} {most:5.2f} completions a problem, the majority is right for {right}")
    for rule in RULES:
        told = {"engine": {"type": "replay", "path": "x"}, "until": {"agree": rule}, "max_n": most}
        plan = SampleConfig.model_validate(told)
        counts = [stopped(plan, candidates) for candidates, _ in groups]
        right = sum(majority_is_right(group, count) for group, count in zip(groups, counts, strict=True))
        print(f"{f'agree: {rule}':24} {sum(counts) / len(counts):5.2f} {'':23}  {right}")
    merged = split = 0
    for candidates, passed in groups:
        known = {one for one in zip(answers_of(candidates), passed, strict=True) if one[0] is not None}
        merged += len(known) - len({answer for answer, _ in known})
        split += max(0, sum(is_right for _, is_right in known) - 1)
    print(f"answers taken for one with different verdicts: {merged}")
    print(f"right answers of a problem taken for several: {split}")


if __name__ == "__main__":
    main()
