"""How far verdicts agree with what is known: precision, recall and accuracy, with their intervals."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from winnow.verifiers.verdict import Status

_Z = 1.959963984540054  # 95% of a normal distribution lie within so many standard deviations


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95% interval of a share, after Wilson (1927), without continuity correction; (0, 1) of nothing.

    Unlike the normal one it stays in [0, 1], and says something where all or none are hits.

    >>> low, high = wilson(5, 10)
    >>> round(low, 4), round(high, 4)
    (0.2366, 0.7634)
    """
    if of == 0:
        return 0.0, 1.0
    share, spread = hits / of, _Z * _Z / of
    middle = (share + spread / 2) / (1 + spread)
    width = _Z / (1 + spread) * math.sqrt(share * (1 - share) / of + spread / (4 * of))
    # At the ends rounding would leave the last bit.
    return middle - width if hits else 0.0, middle + width if hits < of else 1.0


@dataclass(frozen=True, slots=True)
class Share:
    """Hits of a number of tries."""

    hits: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.hits, self.of)

    def __str__(self) -> str:
        if not self.of:
            return "-"
        low, high = self.interval
        return f"{self.hits / self.of:.4f} ({self.hits} of {self.of}; {low:.4f} to {high:.4f})"


@dataclass(slots=True)
class Agreement:
    """Counts of verdicts by label. Shares are of what was decided: an error or a skip agrees with nothing."""

    counts: Counter[tuple[bool, Status]] = field(default_factory=Counter)

    def add(self, right: bool, status: Status) -> None:
        self.counts[right, status] += 1

    def count(self, right: bool, *statuses: Status) -> int:
        return sum(self.counts[right, status] for status in statuses)

    @property
    def precision(self) -> Share:
        """Of what passed, what is right: the share of a training set that is no poison."""
        hits = self.count(True, Status.PASS)
        return Share(hits, hits + self.count(False, Status.PASS))

    @property
    def recall(self) -> Share:
        """Of what is right, what passed."""
        hits = self.count(True, Status.PASS)
        return Share(hits, hits + self.count(True, Status.FAIL))

    @property
    def accuracy(self) -> Share:
        hits = self.count(True, Status.PASS) + self.count(False, Status.FAIL)
        return Share(hits, hits + self.count(True, Status.FAIL) + self.count(False, Status.PASS))
