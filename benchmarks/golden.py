"""The `math` verifier beside math-verify called in a loop: one run, the same inputs, nothing remembered.

What is made here looks like GSM8K; real files are named by options, and what is not named is not measured.
CPU time is what counts. Every verdict that differs is listed.

    python benchmarks/golden.py [--gsm8k FILE] [--math FILE] [--math500 FILE] [--problems 1000]

FILE is JSON lines. `--gsm8k`: `ground_truth` and, under any other keys, objects with `solution`. `--math`:
`gt` and the lists `code` (completions). `--math500`: `answer`; each is held against the next problem's.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from math_verify import parse, verify

from winnow.verifiers import Status, load

Pair = tuple[str, str]  # reference, completion
NAMES = ("Ann", "Ben", "Chloe", "Dev", "Ella", "Farid")
PARTS = 20  # in turns, so that a noisy machine is noisy for both
TURNS = 5  # of winnow in each part, too short to be measured once; each begins with nothing remembered
THINGS = ("apples", "marbles", "stamps", "eggs", "pencils", "stickers")


@dataclass(frozen=True, slots=True)
class Measured:
    """One file's inputs judged by both, in CPU seconds."""

    name: str
    pairs: int
    passed: int
    winnow: float
    peer: float
    goal: float
    differing: list[str]


def made(problems: int) -> list[Pair]:
    """Word problems with four solutions each, half of them right, in the manner and length of GSM8K's."""
    dice = random.Random(0)
    pairs = []
    for _ in range(problems):
        steps = [dice.randint(2, 12) for _ in range(dice.randint(2, 5))]
        who, what, start = dice.choice(NAMES), dice.choice(THINGS), dice.randint(2, 20)
        for _ in range(4):
            lines, total, wrong = [], start, dice.randrange(2 * len(steps))
            for place, step in enumerate(steps):
                sign = "*+"[place % 2]
                told = (total + step if place % 2 else total * step) + (place == wrong)
                lines.append(
                    f"{who} then has {total} {sign} {step} = <<{total}{sign}{step}={told}>>{told} "
                    f"{what} in all, after the {step} of day {place + 1}"
                )
                total = told
            end = dice.choice((f"#### {total}", f"#### {total:,}", f"A: {total}", f"The answer is {total}."))
            pairs.append((_gold(start, steps), "\n".join([*lines, end])))
    return pairs


def _gold(start: int, steps: list[int]) -> str:
    for place, step in enumerate(steps):
        start = start + step if place % 2 else start * step
    return str(start)


def gsm8k(path: Path) -> list[Pair]:
    pairs = []
    for row in _rows(path):
        gold = row["ground_truth"].rpartition("A: ")[2]
        pairs += [(gold, one["solution"]) for one in row.values() if isinstance(one, dict)]
    return pairs


def math(path: Path) -> list[Pair]:
    return [(row["gt"], completion) for row in _rows(path) for completion in row["code"]]


def math500(path: Path) -> list[Pair]:
    """Each answer beside the next problem's, which is wrong but for three."""
    answers = [row["answer"] for row in _rows(path)]
    nexts = answers[1:] + answers[:1]
    return [(gold, f"\\boxed{{{other}}}") for gold, other in zip(answers, nexts, strict=True)]


def by_winnow(pairs: list[Pair]) -> list[bool]:
    judge = load("math")
    return [judge({"answer": gold}, completion).status is Status.PASS for gold, completion in pairs]


def by_peer(pairs: list[Pair]) -> list[bool]:
    """As its documentation has it."""
    return [bool(verify(parse(f"${gold}$"), parse(completion))) for gold, completion in pairs]


def timed(
    judge: Callable[[list[Pair]], list[bool]], pairs: list[Pair], turns: int
) -> tuple[list[bool], float]:
    """The verdicts, and the median of the CPU seconds that they took."""
    spent = []
    for _ in range(turns):
        gc.collect()
        gc.freeze()  # what was imported before is no cost of this turn
        began = time.process_time()
        verdicts = judge(pairs)
        spent.append(time.process_time() - began)
    return verdicts, statistics.median(spent)


def compare(name: str, pairs: list[Pair], goal: float) -> Measured:
    ours: list[bool] = []
    theirs: list[bool] = []
    spent = peer = 0.0
    size = -(-len(pairs) // PARTS)
    for part in (pairs[begin : begin + size] for begin in range(0, len(pairs), size)):
        verdicts, seconds = timed(by_winnow, part, TURNS)
        ours, spent = ours + verdicts, spent + seconds
        verdicts, seconds = timed(by_peer, part, 1)
        theirs, peer = theirs + verdicts, peer + seconds
    differing = [
        f"reference {gold!r}, completion ...{completion[-70:]!r}: "
        f"winnow {_word(one)}, math-verify {_word(other)}"
        for (gold, completion), one, other in zip(pairs, ours, theirs, strict=True)
        if one != other
    ]
    return Measured(name, len(pairs), sum(ours), spent, peer, goal, list(dict.fromkeys(differing)))


def warm() -> None:
    """Both import what they need before anything is measured."""
    for judge in (by_winnow, by_peer):
        judge([(r"\cot x", r"\boxed{\frac{\cos x}{\sin x}}"), ("(1, 2)", r"\boxed{1/2x}"), ("1", "#### 1")])


def _word(passed: bool) -> str:
    return "pass" if passed else "fail"


def _rows(path: Path) -> list[dict[str, object]]:  # type: ignore[type-arg]
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--problems", type=int, default=1000)
    options.add_argument("--gsm8k", type=Path)
    options.add_argument("--math", type=Path)
    options.add_argument("--math500", type=Path)
    given = options.parse_args()
    logging.getLogger("math_verify").setLevel(logging.ERROR)
    warm()
    found = [compare("made, like GSM8K", made(given.problems), 100)]
    for name, option, read, goal in (
        ("GSM8K solutions", "gsm8k", gsm8k, 100),
        ("MATH completions", "math", math, 4),
        ("wrong MATH-500 pairs", "math500", math500, 2),
    ):
        path = getattr(given, option)
        if path is None:
            print(f"{name}: not measured, no file was given (--{option} FILE)")
        else:
            found.append(compare(name, read(path), goal))
    report(found)


def report(found: list[Measured]) -> None:
    print(f"\n{'':22}{'pairs':>7}{'pass':>7}{'winnow CPU s':>14}{'math-verify':>13}{'ratio':>9}{'goal':>6}")
    for one in found:
        print(
            f"{one.name:22}{one.pairs:7}{one.passed:7}{one.winnow:14.3f}{one.peer:13.2f}"
            f"{one.peer / one.winnow:9.1f}{one.goal:6.0f}"
        )
    for one in found:
        print(f"\n{one.name}: {len(one.differing) or 'no'} differing verdicts, each told once")
        for line in one.differing:
            print(f"  {line}")


if __name__ == "__main__":
    main()
