"""Reports made by hand, for tests of what is made of them: of runs whose problems have known chances."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from itertools import pairwise

from winnow.steps.report.coverage import pass_at_k
from winnow.steps.report.model import (
    Audit,
    Bin,
    Counts,
    Curves,
    Disagreement,
    Family,
    Kept,
    Law,
    Point,
    Report,
    RunReport,
    Server,
    Spend,
)

FAMILIES = ("capital", "json_person", "numbered_things", "plural", "sum_story")


def report_of(*runs: RunReport) -> Report:
    return Report(runs=list(runs))


def run_report(
    name: str,
    model: str,
    *,
    n: int = 64,
    problems: int = 120,
    skill: tuple[float, float] = (0.5, 1.6),
    tokens: int = 80,
    price: float | None = 0.2,
    seed: int = 7,
    law: bool = True,
) -> RunReport:
    """A run of `problems`, each asked `n` times; their chances are Beta(*skill)."""
    chance = random.Random(seed)
    passed = [_passes(chance, chance.betavariate(*skill), n) for _ in range(problems)]
    curve = [_point(passed, n, k) for k in range(1, n + 1)]
    every = n * problems
    rate = sum(map(sum, passed)) / every
    cost = None if price is None else price * tokens * every / 1e6
    firsts = [one.index(True) + 1 for one in passed if any(one)]
    solved = len(firsts)
    lengths = {
        "pass": [_length(chance, 300) for one in passed for right in one if right],
        "fail": [_length(chance, 460) for one in passed for right in one if not right],
    }
    return RunReport(
        name=name,
        models=[model],
        parameters=['{"max_tokens":512,"temperature":0.8}'],
        counts=Counts(
            problems=problems,
            solved=solved,
            completions=every,
            distinct=int(every * 0.8),
            prompt_tokens=40 * every,
            completion_tokens=tokens * every,
            cost=cost,
            statuses={
                "pass": round(rate * every),
                "fail": every - round(rate * every),
                "error": 3,
                "skip": 11,
            },
            truncated=11,
            failed=2,
            flips=1,
            tokens_per_solved=120 * every / solved if solved else None,
            cost_per_solved=cost / solved if cost and solved else None,
        ),
        curves=Curves(
            pass_at_k=curve,
            solved_by_k=[_solved(firsts, problems, k) for k in range(1, n + 1)],
            majority=[_scaled(point, 0.72) for point in curve],
            law=_law(curve) if law else None,
        ),
        spend=[
            Spend(
                k=point.k,
                coverage=point.value,
                tokens=120 * problems * point.k,
                cost=None if price is None else price * tokens * problems * point.k / 1e6,
            )
            for point in curve
        ],
        first_pass=_bins(firsts, [1, 2, 3, 5, 9, 17, 33, 65]),
        difficulty=_bins([sum(one) / n for one in passed], [at / 10 for at in range(11)]),
        lengths={status: _bins(found, range(0, 1001, 50)) for status, found in lengths.items()},
        families={"family": _families(passed, tokens)},
        kept=[
            Kept(
                dataset="sft",
                rows=2 * solved,
                tokens_per_row=60.0 * n,
                cost_per_row=None if cost is None else cost / (2 * solved),
                figures={"pass_rate": 0.41, "easiest_quarter": 0.31},
            ),
            Kept(
                dataset="preference",
                rows=solved,
                tokens_per_row=120.0 * n,
                cost_per_row=None,
                figures={"longer_is_chosen": 0.38, "length_chosen": 310.0, "length_rejected": 452.0},
            ),
        ],
        servers=[
            Server(name="127.0.0.1:8000", completions=every, tokens=tokens * every, rate=812.4, cost=cost)
        ],
        audit=Audit(
            verifier="math",
            version="3",
            golds=8,
            golds_passed=8,
            reviewed=60,
            precision=0.967,
            precision_low=0.886,
            precision_high=0.991,
            reward=Disagreement(auc=0.81, mean_pass=0.74, mean_fail=0.38, completions=every),
        ),
        recipe=f"name: {name}\nsource: {{type: jsonl, path: problems.jsonl}}\nsample:\n  n: {n}\n",
        manifest='{"versions": {"winnow": "0.1.0", "python": "3.11.9"}}',
    )


def _passes(chance: random.Random, rate: float, n: int) -> list[bool]:
    return [chance.random() < rate for _ in range(n)]


def _point(passed: Sequence[Sequence[bool]], n: int, k: int) -> Point:
    value = sum(pass_at_k(n, sum(one), k) for one in passed) / len(passed)
    spare = 1.96 * (value * (1 - value) / len(passed)) ** 0.5
    return Point(
        k=k, value=value, low=max(0, value - spare), high=min(1, value + spare), problems=len(passed)
    )


def _solved(firsts: Sequence[int], problems: int, k: int) -> Point:
    return Point(k=k, value=sum(first <= k for first in firsts) / problems, problems=problems)


def _scaled(point: Point, by: float) -> Point:
    return Point(k=point.k, value=point.value * by, problems=point.problems)


def _law(curve: Sequence[Point]) -> Law:
    last, middle = curve[-1], curve[len(curve) // 4]
    b = math.log(math.log(middle.value) / math.log(last.value)) / math.log(last.k / middle.k)
    a = -math.log(last.value) * last.k**b
    ks = [round(last.k * 10 ** (at / 20)) for at in range(21)]
    forecast = [Point(k=k, value=math.exp(-a * k**-b), problems=last.problems) for k in ks]
    return Law(a=a, b=b, fitted_to=last.k, backtest_error=0.013, forecast=forecast)


def _length(chance: random.Random, middle: float) -> float:
    return min(1000.0, chance.lognormvariate(0, 0.5) * middle)


def _bins(values: Sequence[float], edges: Sequence[float]) -> list[Bin]:
    found = []
    for low, high in pairwise(edges):
        last = high == edges[-1]
        count = sum(low <= value < high or (last and value == high) for value in values)
        found.append(Bin(low=low, high=high, count=count))
    return found


def _families(passed: Sequence[Sequence[bool]], tokens: int) -> list[Family]:
    chunks = {name: passed[at :: len(FAMILIES)] for at, name in enumerate(FAMILIES)}
    found = []
    for name, some in {**chunks, "all": passed}.items():
        coverage = sum(map(any, some)) / len(some)
        spare = 1.96 * (coverage * (1 - coverage) / len(some)) ** 0.5
        found.append(
            Family(
                value=name,
                problems=len(some),
                completions=sum(map(len, some)),
                pass_at_1=sum(map(sum, some)) / sum(map(len, some)),
                coverage=coverage,
                low=max(0, coverage - spare),
                high=min(1, coverage + spare),
                tokens=tokens * sum(map(len, some)),
                rows={"sft": 2 * sum(map(any, some)), "preference": sum(map(any, some))},
            )
        )
    return found
