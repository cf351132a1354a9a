"""Words that make another problem of one, as its digits do: numbers that are spelled out, and opposites."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl

from winnow.steps.clean.words import U64, Flags, Words, words_of

_SPELLED = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_TENS = "thirty forty fifty sixty seventy eighty ninety"
_MEANT = (
    "hundred thousand million billion dozen half quarter twice double triple more less fewer most least "
    "larger smaller largest smallest greatest longest shortest highest lowest minimum maximum odd even "
    "positive negative sum difference product quotient remainder increase decrease ascending descending not"
)


def significant(words: Words) -> tuple[Flags, U64]:
    """Which of the words two texts must agree in, and a hash of each; `three` is `3`."""
    known, told = _known()
    place = np.minimum(np.searchsorted(known, words.hashes), len(known) - 1)
    spoken = known[place] == words.hashes
    return words.number | spoken, np.where(spoken, told[place], words.hashes)


@lru_cache(maxsize=1)
def _known() -> tuple[U64, U64]:
    """The hashes of these words, sorted, and what each counts as."""
    numbers = dict(zip(f"{_SPELLED} {_TENS}".split(), [*range(2, 21), *range(30, 100, 10)], strict=True))
    read = {word: word for word in _MEANT.split()} | {word: str(number) for word, number in numbers.items()}
    known = words_of(pl.Series(list(read))).hashes
    told = words_of(pl.Series(list(read.values()))).hashes
    order = np.argsort(known)
    return known[order], told[order]
