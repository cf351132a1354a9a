"""Which passages many texts share: their template's, and not what one of them says."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from winnow.steps.clean.shingles import Shingles
from winnow.steps.clean.words import I64, U64, distinct

MANY = 8
"""A passage that more texts than this share is of their template."""
_FEWEST, _MOST = 20, 28  # bits of the number of counters


@dataclass(frozen=True, slots=True)
class Popular:
    """Counts texts by passage, in one byte each.

    Passages that fall together are counted together; there are so many counters that this is rare.
    """

    counts: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, texts: pl.Series) -> Popular:
        """Room for the passages of these texts."""
        characters = int(texts.str.len_chars().sum() or 0)
        bits = min(max(characters.bit_length(), _FEWEST), _MOST)
        return cls(np.zeros(1 << bits, dtype=np.uint8))

    def count(self, shingles: Shingles) -> None:
        """Count each text once for each of its passages."""
        owner = np.repeat(np.arange(len(shingles.since) - 1), np.diff(shingles.since))
        width = len(self.counts).bit_length() - 1
        once = distinct((owner << width) | self._slots(shingles.passages))
        slots = np.sort(once & (len(self.counts) - 1))
        begin = np.flatnonzero(np.diff(slots, prepend=-1))
        times = np.diff(begin, append=len(slots))
        self.counts[slots[begin]] = np.minimum(self.counts[slots[begin]] + times, 255)

    def without(self, shingles: Shingles) -> Shingles:
        """The same texts, without the shingles that stand in a passage of a template."""
        popular = self.counts[self._slots(shingles.passages)] > MANY
        before = np.concatenate([[0], np.cumsum(popular)])
        owner = shingles.owner
        place = np.arange(len(owner)) - shingles.first[owner]
        since, until = shingles.since[owner], shingles.since[owner + 1]
        last = np.minimum(since + place + 1, until)  # passages that begin later do not hold it
        begin = np.minimum(np.maximum(since + place - shingles.further, since), last)
        own = before[last] == before[begin]
        kept = np.concatenate([[0], np.cumsum(own)])
        return replace(shingles, hashes=shingles.hashes[own], first=kept[shingles.first])

    def _slots(self, hashes: U64) -> I64:
        return (hashes & np.uint64(len(self.counts) - 1)).astype(np.int64)
