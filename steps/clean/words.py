"""Texts as words and numbers, hashed, many texts at a time: what near duplicates and overlaps are found by.

A word is a run of letters, lower-cased and NFKC-normalised; a letter of a script without spaces is a word of
its own. A number is a run of digits with its decimal point, without the commas of thousands. Punctuation is
dropped. An operator (`+ - * / ^ = < > %` and the like) is kept apart where it has a number, a bracket or a
single letter beside it: so a minus counts, and a hyphen or a bullet does not.

Hashes are polynomials modulo 2^64 of mixed code points: the same on every machine, and only as hard to
collide as that; what matters is compared word by word.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
AnyInteger = TypeVar("AnyInteger", np.int64, np.uint64)

_BLANK, _BREAK, _LETTER, _DIGIT, _ALONE, _OPERATOR, _BRACKET, _OTHER = range(8)
_OPERATORS = "+-*/^=<>%\u2212\u00b1\u00d7\u00f7\u2260\u2264\u2265\u221a"
_UNSPACED = ((0x0E00, 0x0EFF), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0x20000, 0x3FFFF))
_BASE = 0x9E3779B97F4A7C15 | 1  # of the polynomial: odd, so that it has an inverse modulo 2^64
_CHARACTERS = 2_000_000  # of texts that are looked at together, and of one text at most


def mixed(values: U64) -> U64:
    """A permutation of 64-bit numbers after which they look random (the finaliser of SplitMix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def distinct(values: npt.NDArray[AnyInteger]) -> npt.NDArray[AnyInteger]:
    """The different values, sorted: by sorting, which here is faster than numpy's hash table."""
    values = np.sort(values)
    return values[np.concatenate([[True], values[1:] != values[:-1]])] if len(values) else values


@dataclass(frozen=True, slots=True)
class Words:
    """The words and numbers of some texts, one after another.

    Attributes:
        codes: the normalised texts' code points, a line break after each text.
        begin, end: where in `codes` each word lies.
        hashes: of each word; `number` and `letter` tell which are numbers, and which a single character.
        first: the first word of each text; one more entry than there are texts.
        operators: each operator's code point; `before` is the word that it stands before, maybe of the next
            text, and `stands_in` its own text.
    """

    codes: npt.NDArray[np.uint32]
    begin: I64
    end: I64
    hashes: U64
    number: Flags
    letter: Flags
    first: I64
    operators: npt.NDArray[np.uint32]
    before: I64
    stands_in: I64

    @property
    def counts(self) -> I64:
        """How many words each text has."""
        return np.diff(self.first)

    @property
    def owner(self) -> I64:
        """The text of each word."""
        return np.repeat(np.arange(len(self.first) - 1), self.counts)

    def excerpt(self, begin: int, end: int) -> str:
        """The normalised text from one word to before another."""
        return _told(self.codes[self.begin[begin] : self.end[end - 1]])

    def spelled(self, begin: int, end: int) -> list[str]:
        """These words, letter for letter."""
        return [_told(self.codes[self.begin[at] : self.end[at]]).replace(",", "") for at in range(begin, end)]


def chunks(texts: pl.Series) -> Iterator[tuple[int, pl.Series]]:
    """A column of texts in parts of some two million characters, each with its first row.

    Of a longer text the rest is left out.
    """
    sizes = texts.str.len_chars().fill_null(0).to_numpy().astype(np.int64) + 1
    if len(sizes) and sizes.max() > _CHARACTERS:
        texts, sizes = texts.str.head(_CHARACTERS), np.minimum(sizes, _CHARACTERS)
    begin = 0
    for stop in np.flatnonzero(np.diff(np.cumsum(sizes) // _CHARACTERS, append=-1)) + 1:
        yield begin, texts.slice(begin, int(stop) - begin)
        begin = int(stop)


def words_of(texts: pl.Series, *, normalise: bool = True) -> Words:
    """The words of each text of a column.

    >>> words = words_of(pl.Series(["Tom had 1,250.5 apples!", ""]))
    >>> words.spelled(0, 4), words.counts.tolist()
    (['tom', 'had', '1250.5', 'apples'], [4, 0])
    """
    texts = texts.fill_null("")
    if normalise:
        texts = texts.str.normalize("NFKC").str.to_lowercase()
    sizes = texts.str.len_chars().to_numpy().astype(np.int64) + 1
    ends = np.cumsum(sizes)
    joined = "\n".join(texts.to_list()) + "\n"
    codes = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32) if len(texts) else _NO_CODES
    kinds = _kinds()[codes]
    _join_numbers(codes, kinds)
    worded = (kinds >= _LETTER) & (kinds <= _ALONE)
    starts = worded.copy()
    starts[1:] &= (kinds[1:] != kinds[:-1]) | (kinds[1:] == _ALONE)
    begin = np.flatnonzero(starts)
    stops = worded.copy()
    stops[:-1] &= (kinds[1:] != kinds[:-1]) | (kinds[1:] == _ALONE)
    end = np.flatnonzero(stops) + 1
    first = np.concatenate([[0], np.searchsorted(begin, ends)]).astype(np.int64)
    letter = (end - begin == 1) & (kinds[begin] == _LETTER)
    number = kinds[begin] == _DIGIT
    at = _operators(codes, kinds, begin, end, letter)
    operators = np.where(codes[at] == 0x2212, np.uint32(ord("-")), codes[at])
    hashes = _hashes(codes, worded, begin, end)
    before = np.searchsorted(begin, at).astype(np.int64)
    stands_in = np.searchsorted(ends, at, side="right").astype(np.int64)
    return Words(codes, begin, end, hashes, number, letter, first, operators, before, stands_in)


def _hashes(codes: npt.NDArray[np.uint32], worded: Flags, begin: I64, end: I64) -> U64:
    counted = worded & (codes != ord(","))  # the only commas inside words are those of thousands
    place = np.cumsum(counted)
    raised, lowered = powers(int(place[-1]) if len(place) else 0)
    weights = _weights()[codes[counted]] * raised[: place[-1] if len(place) else 0]
    sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(weights, dtype=np.uint64)])
    since = place[begin] - counted[begin]
    return mixed((sums[place[end - 1]] - sums[since]) * lowered[since])


def _join_numbers(codes: npt.NDArray[np.uint32], kinds: npt.NDArray[np.uint8]) -> None:
    """Let `.` between digits, and `,` before exactly three more, be of the number."""
    at = np.flatnonzero((codes == ord(".")) | (codes == ord(",")))
    at = at[(at > 0) & (at < len(codes) - 1)]
    at = at[(kinds[at - 1] == _DIGIT) & (kinds[at + 1] == _DIGIT)]
    comma = codes[at] == ord(",")
    digit = [kinds[np.minimum(at + ahead, len(kinds) - 1)] == _DIGIT for ahead in (2, 3, 4)]
    kinds[at[~comma | (digit[0] & digit[1] & ~digit[2])]] = _DIGIT


def _operators(
    codes: npt.NDArray[np.uint32], kinds: npt.NDArray[np.uint8], begin: I64, end: I64, letter: Flags
) -> I64:
    """Where the operators stand that mean something."""
    at = np.flatnonzero(kinds == _OPERATOR)
    if not len(at):
        return at
    single = np.zeros(len(codes), dtype=np.bool_)
    single[begin[letter]] = True
    operand = single | (kinds == _DIGIT) | (kinds == _BRACKET)
    seen = np.flatnonzero(kinds != _BLANK)
    place = np.searchsorted(seen, at)
    left = seen[np.maximum(place - 1, 0)]
    right = seen[np.minimum(place + 1, len(seen) - 1)]
    opens = (place == 0) | (kinds[left] == _BREAK)  # a bullet, or a sign
    meant = np.where(opens, operand[right] & (right == at + 1), operand[left] | operand[right])
    doubled = (codes[at] == ord("*")) & ((codes[left] == ord("*")) | (codes[right] == ord("*")))  # **bold**
    told: I64 = at[meant & ~doubled]
    return told


def _told(codes: npt.NDArray[np.uint32]) -> str:
    return codes.tobytes().decode("utf-32-le")


_NO_CODES = np.zeros(0, dtype=np.uint32)


@lru_cache(maxsize=1)
def _kinds() -> npt.NDArray[np.uint8]:
    """What each code point is."""
    kinds = np.full(sys.maxunicode + 1, _OTHER, dtype=np.uint8)
    of_category = {"L": _LETTER, "M": _LETTER, "N": _DIGIT, "Z": _BLANK}
    for code in range(sys.maxunicode + 1):
        category = unicodedata.category(chr(code))
        kinds[code] = of_category.get(category[0], _OTHER) if category != "Sm" else _OPERATOR
    for begin, end in _UNSPACED:
        spoken = np.isin(kinds[begin : end + 1], [_LETTER])
        kinds[begin : end + 1][spoken] = _ALONE
    kinds[ord("_")] = _LETTER
    kinds[[ord(one) for one in _OPERATORS]] = _OPERATOR
    kinds[[ord(one) for one in "()[]{}"]] = _BRACKET
    kinds[[ord(one) for one in "|~\u00ac\u2192"]] = _OTHER
    kinds[ord("\t")] = _BLANK
    kinds[[ord("\n"), ord("\r")]] = _BREAK
    return kinds


@lru_cache(maxsize=1)
def _weights() -> U64:
    return mixed(np.arange(1, sys.maxunicode + 2, dtype=np.uint64) * np.uint64(_BASE))


_known_powers: list[U64] = []


def powers(count: int) -> tuple[U64, U64]:
    """At least so many powers of the base and of its inverse, and one more."""
    if not _known_powers or len(_known_powers[0]) <= count:
        inverse = pow(_BASE, -1, 2**64)
        for at, base in enumerate((_BASE, inverse)):
            factors = np.full(max(count, _CHARACTERS) + 1, base, dtype=np.uint64)
            factors[0] = 1
            _known_powers[at : at + 1] = [np.cumprod(factors, dtype=np.uint64)]
    return _known_powers[0], _known_powers[1]
