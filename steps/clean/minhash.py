"""MinHash and locality-sensitive hashing: which texts are worth comparing.

The smallest of a set's hashes is equal for two sets with a chance that is their Jaccard similarity (Broder
1997, "On the resemblance and containment of documents"). Rows of such minima make a band; texts that agree
in all rows of any band are compared (Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", 3.4).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from winnow.steps.clean.shingles import Shingles
from winnow.steps.clean.words import I64, U64, distinct, mixed

BANDS, ROWS = 16, 4
"""A pair with a similarity of .8 shares a band with a chance of .9998, of .5 with .64, of .2 with .025."""
_BLOCK = 1 << 16  # shingles that are hashed together: what fits into the processor's nearest memory
_SMALL = 8  # texts with equal bands that are compared each with each

_seeds = mixed(np.arange(1, 2 * BANDS * ROWS + 1, dtype=np.uint64))
_FACTORS = (_seeds[::2] >> np.uint64(32)).astype(np.uint32) | np.uint32(1)
_OFFSETS = (_seeds[1::2] >> np.uint64(32)).astype(np.uint32)


def bands_of(shingles: Shingles, keys: U64) -> U64:
    """The bands of each text [texts, BANDS]; those of texts with different `keys` are never equal.

    A text without shingles gets what its key alone says.
    """
    texts = len(shingles.first) - 1
    minima = np.zeros((BANDS * ROWS, texts), dtype=np.uint32)
    full = np.flatnonzero(np.diff(shingles.first))
    values = (shingles.hashes >> np.uint64(32)).astype(np.uint32)
    for some in _blocks(full, shingles.first):
        begin = shingles.first[some[0]]
        block = values[begin : shingles.first[some[-1] + 1]]
        starts = shingles.first[some] - begin
        for at in range(BANDS * ROWS):
            minima[at, some] = np.minimum.reduceat(block * _FACTORS[at] + _OFFSETS[at], starts)
    bands = np.empty((texts, BANDS), dtype=np.uint64)
    for band in range(BANDS):
        key = keys + np.uint64(band + 1)
        for row in minima[band * ROWS : (band + 1) * ROWS]:
            key = mixed(key + row)
        bands[:, band] = key
    return bands


def _blocks(full: npt.NDArray[np.int64], first: I64) -> Iterator[I64]:
    """The texts that have shingles, so many at a time that there are about `_BLOCK` shingles."""
    if len(full):
        yield from np.split(full, np.flatnonzero(np.diff(first[full] // _BLOCK)) + 1)


def pairs_of(bands: U64, order: I64, group: U64) -> I64:
    """Texts of one group to compare [pairs, 2], each pair once, the earlier by `order` first.

    Of many texts with an equal band each is compared with the first and with the one before it, so that the
    number of pairs grows with the number of texts and not with its square. Which these are is told by the
    next band and `order`, never by the group: a group has the same pairs whatever others there are.
    """
    apart = mixed(group)
    found = [np.zeros(0, dtype=np.int64)]
    texts = len(bands)
    for band in range(bands.shape[1] if texts else 0):
        keys = bands[:, band] ^ apart
        by_key = np.lexsort((order, bands[:, (band + 1) % BANDS], keys))
        key = keys[by_key]
        starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
        place = np.arange(texts) - np.repeat(starts, np.diff(starts, append=texts))
        sizes = np.repeat(np.diff(starts, append=texts), np.diff(starts, append=texts))
        for back in range(1, _SMALL):
            late = np.flatnonzero((place >= back) & ((sizes <= _SMALL) | (back == 1)))
            found.append(_code(by_key[late - back], by_key[late], order))
        late = np.flatnonzero((place > 1) & (sizes > _SMALL))
        found.append(_code(by_key[late - place[late]], by_key[late], order))
        found = [distinct(np.concatenate(found))]
    return np.stack([found[0] >> 32, found[0] & 0xFFFFFFFF], axis=1)


def _code(one: I64, other: I64, order: I64) -> I64:
    swapped = order[one] > order[other]
    early, late = np.where(swapped, other, one), np.where(swapped, one, other)
    return (early << 32) | late
