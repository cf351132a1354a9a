"""One reference, read once, and the answers that are held against it: the fast path and the slow one."""

from __future__ import annotations

import re
from functools import cached_property

from winnow.verifiers.golden.math.comparison import Comparison
from winnow.verifiers.golden.math.expression import LONGEST
from winnow.verifiers.golden.math.normalisation import compact, normalise
from winnow.verifiers.golden.math.plain import plain_number
from winnow.verifiers.golden.math.structure import Answer, Value, Words, read
from winnow.verifiers.golden.math.tokens import Unreadable
from winnow.verifiers.golden.math.wording import choice, key_of

_ELLIPSIS = re.compile(r"\.\.\.|\\ldots")
_LETTER = re.compile(r"[a-z]")


class Golden:
    """A reference answer. `told` is as it was given."""

    def __init__(self, told: str, percent: str) -> None:
        self.told = told
        self._percent = percent
        self._plain = plain_number(told)

    @cached_property
    def _reading(self) -> _Reading:
        return _Reading(self.told, self._percent)

    def fast(self, found: str) -> bool | None:
        """Whether `found` is this answer; None where that is not to be told at once.

        Linear in `found` up to the length of an expression that is read, and nothing beyond but its length.
        """
        if found == self.told:
            return True
        if self._plain is not None and (number := plain_number(found)) is not None:
            return number == self._plain
        return self._reading.fast(found)

    def slow(self, found: str) -> bool:
        """Whether `found` is this answer, by many digits and by computer algebra."""
        return self._reading.slow(found)


class _Reading:
    """A reference answer, read as mathematics."""

    def __init__(self, told: str, percent: str) -> None:
        self.told = told
        self.text = normalise(told)
        self.key = compact(self.text)
        self.readings = _readings(self.text)
        self.ellipsis = bool(_ELLIPSIS.search(self.text))
        first = self.readings[0] if self.readings else None
        self.is_words = isinstance(first, Words)
        letter = first.key if isinstance(first, Words) else key_of(self.text) if len(self.text) == 1 else ""
        self.letter = letter if _LETTER.fullmatch(letter) and not self.text.islower() else ""
        self.percent = percent
        self._quick = Comparison(percent)

    def fast(self, found: str) -> bool | None:
        if len(found) > LONGEST:
            return found.strip() == self.told or (
                len(self.told) > LONGEST and compact(normalise(found)) == self.key
            )
        text = normalise(found)
        if compact(text) == self.key:
            return True
        if self.ellipsis or _ELLIPSIS.search(text):
            return False
        if self.letter and (begins := choice(text)):
            return begins == self.letter
        told: list[bool | None] = []
        for gold, candidate in zip(self.readings, _readings(text), strict=False):
            told.append(self._quick.equal(gold, candidate))
            if told[-1]:
                return True
        if not told:
            return None if text and not self.is_words else False
        return None if None in told else False

    def slow(self, found: str) -> bool:
        from winnow.verifiers.golden.math.symbolic import confirmed, same_tree_precisely

        told = self.fast(found)
        if told is not None:
            return told
        text = normalise(found)
        careful = Comparison(self.percent, same_tree_precisely)
        candidates = _readings(text)
        for gold, candidate in zip(self.readings, candidates, strict=False):
            told = careful.equal(gold, candidate)
            if told is not None:
                return told
            if isinstance(gold, Value) and isinstance(candidate, Value):
                return False  # out of reach of any arithmetic, and written differently
        return confirmed(self.text, text)


def _readings(text: str) -> list[Answer]:
    """What a text may mean: `1,234` is a number, or else a list of two."""
    found = []
    for join in (True, False) if "," in text else (True,):
        try:
            found.append(read(text, join))
        except Unreadable:
            if join:
                return []
    return found[:1] if len(found) == 2 and found[0] == found[1] else found
