"""Words: how many, which must be there, and which must not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from winnow.verifiers.registry import Check, SpecError
from winnow.verifiers.strict.limits import EMPTY, counted
from winnow.verifiers.strict.spoken import strict
from winnow.verifiers.verdict import Verdict, cut

_LETTER = re.compile(r"[^\W_]")


@strict("word_count")
def word_count(min: int | None = None, max: int | None = None) -> Check:
    """Pass where the completion has `min` to `max` words.

    A word is what white space sets apart and what holds a letter or a digit: `well-known` is one word,
    a dash by itself is none. Scripts that write no blanks between words are not counted by it.
    """
    return counted(count_words, "word", min, max)


def count_words(text: str) -> int:
    """The number of words of `text`.

    >>> count_words("A well-known cat - asleep.")
    4
    """
    return sum(1 for piece in text.split() if piece.isalnum() or _LETTER.search(piece))


@strict("required_words")
def required_words(words: list[str], ignore_case: bool = True) -> Check:
    """Pass where each of `words` occurs as a word of its own: `cat` is not in `cats`."""
    patterns = {word: _whole(word, ignore_case) for word in _checked(words)}

    def judge(_reference: Mapping[str, Any], completion: str) -> Verdict:
        if not completion.strip():
            return Verdict.failed(EMPTY)
        lacking = [word for word, pattern in patterns.items() if not pattern.search(completion)]
        if lacking:
            return Verdict.failed(f"lacks {', '.join(repr(word) for word in lacking)}")
        return Verdict.passed(extracted=", ".join(patterns))

    return judge


@strict("forbidden_words")
def forbidden_words(words: list[str], ignore_case: bool = True) -> Check:
    """Pass where none of `words` occurs as a word of its own; an empty completion fails."""
    patterns = {word: _whole(word, ignore_case) for word in _checked(words)}

    def judge(_reference: Mapping[str, Any], completion: str) -> Verdict:
        if not completion.strip():
            return Verdict.failed(EMPTY)
        for word, pattern in patterns.items():
            if found := pattern.search(completion):
                return Verdict.failed(f"holds {cut(word, 60)!r}", extracted=found[0])
        return Verdict.passed()

    return judge


def _checked(words: list[str]) -> list[str]:
    if not words:
        raise SpecError("words is an empty list, expected at least one", ("words",))
    for place, word in enumerate(words):
        if not word.strip():
            raise SpecError(f"words.{place} is blank, expected a word", ("words", place))
    return words


def _whole(word: str, ignore_case: bool) -> re.Pattern[str]:
    inner = r"\s+".join(re.escape(part) for part in word.split())
    return re.compile(rf"(?<!\w){inner}(?!\w)", re.IGNORECASE if ignore_case else 0)
