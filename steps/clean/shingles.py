"""Texts as sets of shingles, and the numbers that they must agree in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from winnow.steps.clean.numerals import significant
from winnow.steps.clean.words import I64, U64, Words, mixed, powers, words_of

WORDS, CHARACTERS = 3, 5  # in a shingle
_PASSAGE = {WORDS: 10, CHARACTERS: 24}  # in a passage, which tells what a template is
SHORT = 16  # words: below that a text's shingles are of characters
_SPACE = np.uint64(0x2545F4914F6CDD1D)


@dataclass(frozen=True, slots=True)
class Shingles:
    """The shingles of some texts, in order and with repetitions; `first` has one more entry than texts.

    `numbers` is a hash of each text's numbers and operators in their order, and `sizes` how many words each
    has. `passages` are hashes of longer passages, those of a text from `since` on; each holds a shingle and
    `further` more.
    """

    hashes: U64
    first: I64
    numbers: U64
    sizes: I64
    passages: U64
    since: I64
    further: int

    @property
    def owner(self) -> I64:
        """The text of each shingle."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))


def shingles_of(texts: pl.Series, *, characters: bool = False, passages: bool = False) -> Shingles:
    """Shingles of three words, or of five characters of the words with a space between.

    A text that is shorter than that is one shingle; one without words has none.

    >>> shingles_of(pl.Series(["a b c d", "a", ""])).first.tolist()
    [0, 2, 3, 3]
    """
    words = words_of(texts)
    width = CHARACTERS if characters else WORDS
    sequence, starts = _characters(words) if characters else (words.hashes, words.first)
    hashes, first = _windows(sequence, starts, width)
    longer = _PASSAGE[width]
    told, since = _windows(sequence, starts if passages else starts[:1], longer)
    return Shingles(hashes, first, _numbers(words), words.counts, told, since, longer - width)


def _windows(sequence: U64, first: I64, width: int) -> tuple[U64, I64]:
    """A hash of every `width` neighbours within a text, or of all of them where there are fewer."""
    sizes = np.diff(first)
    counts = np.where(sizes > 0, np.maximum(sizes - width + 1, 1), 0)
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    owner = np.repeat(np.arange(len(sizes)), counts)
    at = np.arange(starts[-1]) - starts[owner] + first[owner]
    last = first[owner + 1] - 1
    hashes = np.zeros(len(at), dtype=np.uint64)
    steps = powers(width)[0]
    for ahead in range(width):
        there = at + ahead
        hashes += np.where(there <= last, sequence[np.minimum(there, last)] * steps[ahead], np.uint64(0))
    return mixed(hashes), starts


def _characters(words: Words) -> tuple[U64, I64]:
    """The characters of each text's words, a space after each word."""
    sizes = words.end - words.begin + 1
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    at = np.arange(starts[-1]) - starts[owner] + words.begin[owner]
    space = at == words.end[owner]
    codes = words.codes[np.where(space, 0, at)]
    kept = space | (codes != ord(","))  # of thousands
    before = np.concatenate([[0], np.cumsum(kept)])
    sequence = np.where(space, _SPACE, mixed(codes.astype(np.uint64) + np.uint64(1)))
    return sequence[kept], before[starts[words.first]]


def _numbers(words: Words) -> U64:
    """For each text, a hash of its numbers, operators and opposites in their order; 0 where it has none."""
    meant, told = significant(words)
    numbers = np.flatnonzero(meant)
    at = np.concatenate([numbers, words.before])
    is_number = np.repeat([1, 0], [len(numbers), len(words.before)])
    owner = np.concatenate([words.owner[numbers], words.stands_in])
    value = np.concatenate([told[numbers], mixed(words.operators.astype(np.uint64))])
    order = np.lexsort((is_number, at, owner))  # an operator comes before the word that it is told by
    since = np.searchsorted(owner[order], np.arange(len(words.first)))
    place = (np.arange(len(owner)) - since[owner[order]]).astype(np.uint64)
    sums = np.cumsum(mixed(value[order] + mixed(place + np.uint64(1))), dtype=np.uint64)
    sums = np.concatenate([np.zeros(1, dtype=np.uint64), sums])
    return sums[since[1:]] - sums[since[:-1]]
