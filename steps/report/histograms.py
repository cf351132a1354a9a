"""How problems and completions are spread: until the first pass, by difficulty, by length."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from winnow.steps.report.model import Bin
from winnow.steps.report.tries import Ints, Tries

_TENTHS = 10
_LENGTHS = 20  # bins
_SHARE = 0.99  # of the completions lie in bins of equal width; the last one reaches to the longest


def first_passes(first: Ints) -> list[Bin]:
    """Solved problems by the completions until their first pass: 1, 2, 3 to 4, 5 to 8, ...

    >>> [(bar.low, bar.high, bar.count) for bar in first_passes(np.array([1, 3, 4, 0]))]
    [(1.0, 2.0, 1), (2.0, 3.0, 0), (3.0, 4.0, 2)]
    """
    solved = first[first > 0]
    if not len(solved):
        return []
    powers = range(math.ceil(math.log2(int(solved.max()))) + 1)
    edges = [1, *(2**power + 1 for power in powers)]
    edges[-1] -= 1  # the last bin has its end
    return _bins(solved, edges)


def difficulties(tries: Tries) -> list[Bin]:
    """Problems by pass rate, in ten bins; none where there is no problem.

    >>> [bar.count for bar in difficulties(Tries.of([[True], [False, True], [False]]))]
    [1, 0, 0, 0, 0, 1, 0, 0, 0, 1]
    """
    if not len(tries.n):
        return []
    tenth = np.minimum(_TENTHS * tries.c() // tries.n, _TENTHS - 1)  # of whole numbers: .3 is in the fourth
    counts = np.bincount(tenth, minlength=_TENTHS)
    return [
        Bin(low=at / _TENTHS, high=(at + 1) / _TENTHS, count=int(count)) for at, count in enumerate(counts)
    ]


def lengths_of(lengths: pl.DataFrame) -> dict[str, list[Bin]]:
    """Completions by length in characters, by status, all in the same bins; none where there are none.

    Args:
        lengths: how often a length came: columns status, length, count.
    """
    if lengths.is_empty():
        return {}
    ordered = lengths.sort("length").with_columns(share=pl.col("count").cum_sum() / pl.col("count").sum())
    usual = int(ordered.filter(pl.col("share") >= _SHARE)["length"][0])
    width = max(1, math.ceil((usual + 1) / _LENGTHS))
    edges = [at * width for at in range(_LENGTHS + 1)]
    edges[-1] = max(edges[-1], int(ordered["length"][-1]))
    found = {}
    for (status,), some in sorted(ordered.group_by("status")):
        values = some["length"].cast(pl.Int64).to_numpy()
        found[str(status)] = _bins(values, edges, some["count"].to_numpy())
    return found


def _bins(values: Ints, edges: list[int], counts: Ints | None = None) -> list[Bin]:
    told, _ = np.histogram(values, bins=np.array(edges), weights=counts)
    return [
        Bin(low=low, high=high, count=int(count))
        for low, high, count in zip(edges, edges[1:], told, strict=False)
    ]
