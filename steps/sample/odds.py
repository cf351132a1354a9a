"""What the next samples of a problem will bring, by those it has: Beta posteriors under the uniform prior.

A prior with the mean that is usual among the problems was tried: it saves a hundredth where few are asked
for, and loses three where many are, since what has failed twice is then not tried again.

A candidate is a success where it is one more that counts (distinct, whole, with the wanted verdict), and a
failure otherwise, so that duplicates and truncated ones lower the odds as wrong ones do.
"""

from __future__ import annotations

from functools import lru_cache
from math import exp, lgamma, log


def rate(hits: int, asked: int) -> float:
    """The chance that the next sample is a success, after `hits` in `asked`: Laplace's rule of succession.

    >>> rate(0, 0), rate(3, 4)
    (0.5, 0.6666666666666666)
    """
    return (hits + 1) / (asked + 2)


@lru_cache(maxsize=100_000)
def expected(wanted: int, hits: int, asked: int, n: int) -> float:
    """How many of the next `n` samples will be successes, where no more than `wanted` of them count.

    Draws in a row, each of which changes the odds of the next: Polya's urn.

    >>> expected(1, 0, 0, 1), round(expected(1, 0, 0, 2), 3), expected(0, 5, 9, 4)
    (0.5, 0.667, 0.0)
    """
    if wanted <= 0:
        return 0.0
    chances = [1.0]  # of so many successes until now
    for drawn in range(n):
        after = [0.0] * min(len(chances) + 1, wanted + 1)
        for successes, chance in enumerate(chances):
            hit = rate(hits + successes, asked + drawn)
            after[min(successes + 1, wanted)] += chance * hit
            after[successes] += chance * (1 - hit)
        chances = after
    return sum(successes * chance for successes, chance in enumerate(chances))


@lru_cache(maxsize=100_000)
def is_below(threshold: float, hits: int, asked: int, certainty: float = 0.95) -> bool:
    """Whether a rate is below `threshold` with this certainty, after `hits` in `asked`.

    The posterior is Beta(hits + 1, asked - hits + 1); by the binomial theorem it lies below x with the chance
    that more than `hits` of asked + 1 draws at rate x succeed.

    >>> is_below(0.1, 0, 20), is_below(0.1, 0, 40), is_below(0.1, 4, 40)
    (False, True, False)
    """
    if rate(hits, asked) >= threshold or threshold <= 0:
        return False
    n = asked + 1
    few = sum(
        exp(
            lgamma(n + 1)
            - lgamma(k + 1)
            - lgamma(n - k + 1)
            + k * log(threshold)
            + (n - k) * log(1 - threshold)
        )
        for k in range(hits + 1)
    )
    return 1 - few >= certainty
