"""Accuracy of choosing one of N completions: by reward, by votes, by both, and with a perfect choice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from winnow.steps.answers import answer_of
from winnow.steps.ledger.tables import Tables
from winnow.steps.report.coverage import pass_at_k
from winnow.steps.scoring import Scoring
from winnow.steps.select.candidates import judged

ENUMERATED = 13_000
"""Up to so many subsets all are looked at: of 16 completions those of every size. Of more, `DRAWN`."""
DRAWN = 2_000

_WAYS = ("pass_at_n", "best_of_n", "weighted", "majority")
_AT_ONCE = 2**20  # places of subsets


def best_of(candidates: pl.DataFrame, ns: Sequence[int] | None = None, *, seed: int = 0) -> pl.DataFrame:
    """How often the chosen one of N completions is right, for each N, as a mean over problems.

    What is told of N is the mean over all subsets of N of a problem's completions, so no order of sampling
    counts; each subset is looked at in the order of the indices, and of equals the first is chosen.

    - `best_of_n`: the one with the greatest reward; one without a reward comes last. In closed form.
    - `majority`: the answer that most of them give (self-consistency, Wang et al. 2022, arXiv 2203.11171).
    - `weighted`: the answer with the greatest sum of rewards (weighted best-of-N, Li et al. 2023, arXiv
      2206.02336). So rewards should not be negative: a probability, or a logit's sigmoid.
    - `pass_at_n`: the chosen one is right where any is: the unbiased pass@k.

    A completion without an answer has no vote, and where none has one, nothing right was chosen. Sums over
    more than `ENUMERATED` subsets of a problem are estimated from `DRAWN` of them, which hang on `seed` and
    the problem alone.

    Args:
        candidates: columns problem, index, reward (or null), answer (canonical text, or null), right.
        ns: instead of 1, 2, 4, ... up to the completions that every problem has.

    Returns:
        Columns n, problems (that have so many completions), pass_at_n, best_of_n, weighted, majority; null
        where no completion has a reward, or none an answer, or no problem so many completions.

    >>> rows = {"problem": ["a"] * 3, "index": [0, 1, 2], "reward": [0.9, 0.2, 0.4],
    ...         "answer": ["7", "8", "8"], "right": [False, True, True]}
    >>> best_of(pl.DataFrame(rows), [1, 3]).select("n", "best_of_n", "weighted", "majority").rows()
    [(1, 0.6666666666666666, 0.6666666666666666, 0.6666666666666666), (3, 0.0, 0.0, 1.0)]
    """
    told = best_of_each(candidates, ns, seed=seed)
    means = [pl.col(way).sort().mean() for way in _WAYS]
    return told.group_by("n", maintain_order=True).agg(pl.col("problem").count().alias("problems"), *means)


def best_of_each(candidates: pl.DataFrame, ns: Sequence[int] | None = None, *, seed: int = 0) -> pl.DataFrame:
    """As `best_of`, of each problem: columns n, problem, pass_at_n, best_of_n, weighted, majority.

    An n that no problem has stands in one row, without a problem.
    """
    groups = _groups(candidates)
    rewarded = any(not np.isneginf(group.rewards).all() for group in groups)
    answered = any((group.answers >= 0).any() for group in groups)
    told = {"best_of_n": rewarded, "weighted": rewarded and answered, "majority": answered}
    lines: list[dict[str, object]] = []
    for n in _powers(groups) if ns is None else ns:
        if n < 1:
            raise ValueError(f"the best of {n}: expected a number from 1 on")
        found = [
            {"n": n, "problem": group.problem, **_shares(group, n, seed, told)}
            for group in groups
            if len(group.rewards) >= n
        ]
        lines += found or [{"n": n}]
    schema = {"n": pl.Int64, "problem": pl.String, **dict.fromkeys(_WAYS, pl.Float64)}
    known = pl.DataFrame(lines, schema=schema)
    return known.with_columns(pl.lit(None, pl.Float64).alias(way) for way, is_so in told.items() if not is_so)


def choosable(ledger: Tables, verifier: str, scoring: Scoring | None = None) -> pl.DataFrame:
    """What `best_of` takes, of all that this verifier (its fingerprint) has judged; right is what passed.

    A completion that was cut off is one that is not right, has no vote, and comes last. One whose check broke
    is left out.
    """
    status = pl.col("status")
    rows = judged(ledger, verifier, {"extracted"}, scoring).filter(status != "error").collect()
    said = rows.select("extracted", "digest").rows()
    answers = pl.Series("answer", [answer_of(*one) for one in said], dtype=pl.String)
    return rows.with_columns(answers, right=status == "pass").select(
        "problem", "index", "reward", "answer", "right"
    )


@dataclass(frozen=True, slots=True)
class _Group:
    """A problem's completions by index: rewards (-inf: none), numbers of answers (-1: none), and which are
    right."""

    problem: str
    rewards: NDArray[np.float64]
    answers: NDArray[np.int64]
    right: NDArray[np.bool_]


def _groups(candidates: pl.DataFrame) -> list[_Group]:
    reward = pl.col("reward").cast(pl.Float64).fill_nan(None).fill_null(-math.inf)
    number = pl.col("answer").cast(pl.String).rank("dense").over("problem").cast(pl.Int64).fill_null(-1)
    rows = candidates.sort("problem", "index").select(
        pl.col("problem").cast(pl.String), reward, number, pl.col("right").fill_null(False)
    )
    by_problem = rows.group_by("problem", maintain_order=True).agg(pl.all())
    return [
        _Group(problem, np.array(rewards, float), np.array(answers, np.int64), np.array(right, bool))
        for problem, rewards, answers, right in by_problem.rows()
    ]


def _powers(groups: Sequence[_Group]) -> list[int]:
    least = min((len(group.rewards) for group in groups), default=0)
    return [2**power for power in range(least.bit_length())]


def _shares(group: _Group, n: int, seed: int, told: dict[str, bool]) -> dict[str, float]:
    """Of all subsets of so many the share that ends right, by each way of choosing."""
    size, right = len(group.right), group.right
    best = _share_of_best(group.rewards, right, n) if told["best_of_n"] else 0.0
    shares = {"pass_at_n": pass_at_k(size, int(right.sum()), n), "best_of_n": best}
    voting = right[group.answers >= 0]
    if not voting.any() or (right.all() and len(voting) == size):  # whatever is chosen
        alike = float(voting.any())
        return {**shares, "weighted": alike, "majority": alike}
    subsets = _subsets(group.problem, size, n, seed)
    sums = np.where(np.isneginf(group.rewards), 0.0, group.rewards)
    return {
        **shares,
        "weighted": _share_of_answer(group, sums, subsets) if told["weighted"] else 0.0,
        "majority": _share_of_answer(group, np.ones(size), subsets),
    }


def _share_of_best(rewards: NDArray[np.float64], right: NDArray[np.bool_], n: int) -> float:
    """Sorted by reward, the i-th (from 0) is the best of `C(size-1-i, n-1) / C(size, n)` of the subsets:
    n / size for the first, and of what follows each a factor less than the one before."""
    size = len(rewards)
    order = np.argsort(-rewards, kind="stable")
    before = np.arange(size - 1)
    factors = np.clip((size - before - n) / (size - 1 - before), 0, None)
    chances = n / size * np.concatenate([[1.0], np.cumprod(factors)])
    return math.fsum(chances[right[order]])


def _subsets(problem: str, size: int, n: int, seed: int) -> NDArray[np.int64]:
    """All subsets of so many places, or drawn ones; each a row, in ascending order."""
    if math.comb(size, n) <= ENUMERATED:
        return np.array(list(combinations(range(size), n)), dtype=np.int64)
    chance = np.random.default_rng([seed, size, n, *problem.encode()])
    rows = max(1, _AT_ONCE // size)
    drawn = [
        np.argpartition(chance.random((min(rows, DRAWN - at), size)), n - 1, axis=1)[:, :n]
        for at in range(0, DRAWN, rows)
    ]
    return np.sort(np.concatenate(drawn), axis=1)


def _share_of_answer(group: _Group, weights: NDArray[np.float64], subsets: NDArray[np.int64]) -> float:
    """Of subsets the share in which the answer with the greatest sum of weights is right: that of the first
    who gives it. Sums that differ by rounding alone are equal."""
    count, kinds = len(subsets), int(group.answers.max()) + 1
    answers = group.answers[subsets]
    voted = answers >= 0
    slots = np.arange(count)[:, None] * kinds + answers
    sums = np.bincount(slots[voted], weights=weights[subsets][voted], minlength=count * kinds).round(9)
    of_each = np.where(voted, sums[np.where(voted, slots, 0)], -math.inf)
    chosen = np.argmax(of_each, axis=1)
    ends_right = group.right[subsets[np.arange(count), chosen]] & voted.any(axis=1)
    return float(ends_right.mean())
