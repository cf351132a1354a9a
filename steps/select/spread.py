"""Far from one another: of right answers to one problem those that differ most."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import cache

from rapidfuzz.distance import Levenshtein

_LONGEST = 600
"""Characters of a text that are compared: the time of a distance grows with the square of them."""


def apart(one: str, other: str) -> float:
    """How far two texts are apart, from 0 to 1: the edits that it takes, by the longer one's length.

    >>> apart("abcd", "abce"), apart("", "")
    (0.25, 0.0)
    """
    return float(Levenshtein.normalized_distance(one[:_LONGEST], other[:_LONGEST]))


def farthest_first(texts: Sequence[str], count: int, tiers: Sequence[int] = ()) -> list[int]:
    """Places in `texts` of `count` of them: the first, then always the one farthest from all before it.

    Of several as far it is the first. Where there are `tiers`, which do not fall, those of the least come
    first. (Gonzalez 1985, "Clustering to minimize the maximum intercluster distance".)

    >>> farthest_first(["aaaa", "aaab", "bbbb"], 2), farthest_first(["aaaa", "aaab", "bbbb"], 2, [0, 0, 1])
    ([0, 2], [0, 1])
    """
    chosen: list[int] = []
    near = dict.fromkeys(range(len(texts)), float("inf"))  # to the nearest of those that were chosen
    while near and len(chosen) < count:
        last = min(near, key=lambda at: (tiers[at] if tiers else 0, -near[at], at))
        chosen.append(last)
        del near[last]
        for at in near:
            near[at] = min(near[at], apart(texts[at], texts[last]))
    return chosen


def one_of_each(texts: Sequence[str], keys: Sequence[Hashable]) -> list[int]:
    """Places in `texts`, one of each key: the one that is farthest from those that stand for the others.

    The first of its key stands for it, until one follows whose distances to the others sum up to more. (The
    selection of RFT: Yuan et al. 2023, arXiv 2308.01825, algorithm 1.)

    >>> one_of_each(["3+4=7", "7", "so 3+4=7", "7!"], ["3+4=7", "7", "3+4=7", "7"])
    [2, 3]
    """
    stand: dict[Hashable, int] = {}
    for at, key in enumerate(keys):
        stand.setdefault(key, at)

    @cache
    def between(one: int, other: int) -> float:
        return apart(texts[one], texts[other])

    def alone(at: int) -> float:
        others = (place for key, place in stand.items() if key != keys[at])
        return sum(between(min(at, other), max(at, other)) for other in others)

    for at, key in enumerate(keys):
        if at != stand[key] and alone(at) > alone(stand[key]):
            stand[key] = at
    return list(stand.values())
