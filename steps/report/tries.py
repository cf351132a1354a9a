"""Problems' outcomes side by side, in arrays: what every curve is taken from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Tries:
    """Of each problem how many completions it has (`n`), and of all of them, problem by problem and in the
    order in which they were asked, whether they `passed`. Problems without a completion are left out."""

    n: Ints
    passed: NDArray[np.bool_]

    @classmethod
    def of(cls, outcomes: Sequence[Sequence[bool]] | NDArray[Any] | pl.Series) -> Tries:
        """Of a list of outcomes for each problem; they may differ in length.

        >>> tries = Tries.of([[True, False], [False]])
        >>> tries.n.tolist(), tries.c().tolist(), tries.first().tolist()
        ([2, 1], [1, 0], [1, 0])
        """
        if isinstance(outcomes, pl.Series):
            n = outcomes.list.len().cast(pl.Int64).to_numpy()
            flat = outcomes.explode().drop_nulls().cast(pl.Boolean).to_numpy()
        else:
            rows = [np.asarray(row, dtype=bool) for row in outcomes]
            n = np.array([len(row) for row in rows], dtype=np.int64)
            flat = np.concatenate([np.zeros(0, dtype=bool), *rows])
        return cls(n[n > 0], flat)

    @property
    def most(self) -> int:
        """Completions of the problem that has most; 0 where there is none."""
        return int(self.n.max(initial=0))

    @property
    def least(self) -> int:
        """Completions that every problem has."""
        return int(self.n.min(initial=_NEVER)) if len(self.n) else 0

    @property
    def usual(self) -> int:
        """Completions that at least half of the problems have."""
        ordered = np.sort(self.n)[::-1]
        return int(ordered[math.ceil(len(ordered) / 2) - 1]) if len(ordered) else 0

    def head(self, k: int) -> Tries:
        """Of each problem the first k."""
        return Tries(np.minimum(self.n, k), self.passed[self._places < k]) if k else Tries.of([])

    def c(self) -> Ints:
        """How many completions of each problem passed."""
        return np.add.reduceat(self.passed.astype(np.int64), self._starts) if len(self.n) else self.n

    def first(self) -> Ints:
        """After how many completions each problem had its first pass; 0 where none passed."""
        if not len(self.n):
            return self.n
        places = np.where(self.passed, self._places + 1, _NEVER)
        found = np.minimum.reduceat(places, self._starts)
        return np.where(found == _NEVER, 0, found)

    @property
    def _starts(self) -> Ints:
        return np.cumsum(self.n) - self.n

    @property
    def _places(self) -> Ints:
        return np.arange(len(self.passed)) - np.repeat(self._starts, self.n)
