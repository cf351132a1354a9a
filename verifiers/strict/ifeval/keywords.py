"""`keywords:*`: words and letters that must be there, or must not."""

from __future__ import annotations

import re

from winnow.verifiers.registry import SpecError
from winnow.verifiers.strict.ifeval.instruction import Relation, Test, at_least, compared, filled, instruction
from winnow.verifiers.verdict import cut

_SHOWN = 40


@instruction("keywords:existence")
def existence(keywords: list[str]) -> Test:
    """Each keyword is found, in any case; also inside a longer word, as in the paper's code."""
    patterns = {word: _anywhere(word) for word in _listed("keywords", keywords)}

    def amiss(text: str) -> str | None:
        lacking = [cut(word, _SHOWN) for word, pattern in patterns.items() if not pattern.search(text)]
        return f"lacks {', '.join(map(repr, lacking))}" if lacking else None

    return amiss


@instruction("keywords:frequency")
def frequency(keyword: str, frequency: int, relation: Relation) -> Test:
    """The keyword is found so often, in any case; also inside longer words, as in the paper's code."""
    pattern = _anywhere(filled("keyword", keyword))
    at_least("frequency", frequency, 0)
    shown = repr(cut(keyword.strip(), _SHOWN))

    def amiss(text: str) -> str | None:
        found = sum(1 for _ in pattern.finditer(text))
        return _prefixed(shown, compared(found, "time", relation, frequency))

    return amiss


@instruction("keywords:forbidden_words")
def forbidden_words(forbidden_words: list[str]) -> Test:
    r"""None of the words occurs as a word of its own, in any case.

    The paper's code asks for `\b` at both ends, which never matches beside a sign (`C++`); here a word ends
    where no letter, digit or underscore goes on.
    """
    patterns = {
        word: re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
        for word in _listed("forbidden_words", forbidden_words)
    }

    def amiss(text: str) -> str | None:
        held = [cut(word, _SHOWN) for word, pattern in patterns.items() if pattern.search(text)]
        return f"holds {', '.join(map(repr, held))}" if held else None

    return amiss


@instruction("keywords:letter_frequency")
def letter_frequency(letter: str, let_frequency: int, let_relation: Relation) -> Test:
    """The letter, or any other one character, occurs so often, in any case."""
    wanted = letter.strip().lower()
    if len(letter.strip()) != 1:
        raise SpecError(f"letter is {cut(letter, _SHOWN)!r}, expected one character", ("letter",))
    at_least("let_frequency", let_frequency, 0)

    def amiss(text: str) -> str | None:
        found = text.lower().count(wanted)
        return _prefixed(repr(wanted), compared(found, "time", let_relation, let_frequency))

    return amiss


def _prefixed(shown: str, amiss: str | None) -> str | None:
    return amiss and f"{shown} {amiss}"


def _listed(key: str, words: list[str]) -> list[str]:
    if not words:
        raise SpecError(f"{key} is an empty list, expected at least one", (key,))
    return [filled(key, word) for word in words]


def _anywhere(word: str) -> re.Pattern[str]:
    return re.compile(re.escape(word), re.IGNORECASE)
