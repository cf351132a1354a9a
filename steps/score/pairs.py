"""Tournaments: who meets whom, and what the comparisons make of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Pair = tuple[int, int]
_ENOUGH = 1e-10  # a step of the fit that changes no strength by more is the last one
_MOST_STEPS = 10_000


def pairs_of(count: int, opponents: int) -> list[Pair]:
    """Who of so many meets whom: everybody everybody else, or where these are more than `opponents`, those
    that stand next in the round, so that each meets as many, and all hang together.

    Who joins at the end leaves most of the pairs as they were.

    >>> pairs_of(3, 4)
    [(0, 1), (0, 2), (1, 2)]
    >>> pairs_of(6, 2)
    [(0, 1), (0, 5), (1, 2), (2, 3), (3, 4), (4, 5)]
    """
    if count - 1 <= opponents:
        return [(one, other) for one in range(count) for other in range(one + 1, count)]
    steps = range(1, (opponents + 1) // 2 + 1)
    round_ = {(at, (at + step) % count) for at in range(count) for step in steps}
    return sorted({(min(pair), max(pair)) for pair in round_})


def win_rates(count: int, scores: Mapping[Pair, float]) -> list[float | None]:
    """The share that each has won of its comparisons, of which a tie is half; None where there was none.

    `scores` has how far the first of a pair is better, from 0 to 1.
    """
    won, met = _sums(count, scores)
    return [one / many if many else None for one, many in zip(won, met, strict=True)]


def bradley_terry(count: int, scores: Mapping[Pair, float]) -> list[float | None]:
    """How likely each beats one of middling strength, by the Bradley-Terry model: whom one has beaten counts,
    so not all need have met. A tie is half a win for both. Beside its own comparisons each has one tie with
    somebody of strength 1, so that who has never lost has a strength, too.

    Source: D. Hunter, "MM algorithms for generalized Bradley-Terry models", Annals of Statistics 32, 2004.

    >>> [round(one, 2) for one in bradley_terry(3, {(0, 1): 1.0, (1, 2): 1.0})]
    [0.75, 0.5, 0.25]
    """
    won, met = _sums(count, scores)
    against: list[list[int]] = [[] for _ in range(count)]
    for one, other in scores:
        against[one].append(other)
        against[other].append(one)
    strengths = [1.0] * count
    for _ in range(_MOST_STEPS):
        found = [
            (won[at] + 0.5)
            / (1 / (strengths[at] + 1) + sum(1 / (strengths[at] + strengths[other]) for other in against[at]))
            for at in range(count)
        ]
        change = max(abs(new - old) for new, old in zip(found, strengths, strict=True)) if count else 0.0
        strengths = found
        if change < _ENOUGH:
            break
    return [one / (one + 1) if many else None for one, many in zip(strengths, met, strict=True)]


def _sums(count: int, scores: Mapping[Pair, float]) -> tuple[Sequence[float], Sequence[int]]:
    won, met = [0.0] * count, [0] * count
    for (one, other), score in sorted(scores.items()):  # one order: sums of floats hang on it
        won[one] += score
        won[other] += 1 - score
        met[one] += 1
        met[other] += 1
    return won, met
