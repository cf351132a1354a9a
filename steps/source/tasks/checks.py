"""Specs of verifiers that several families share. Each is the strictest that a fair reader would agree to."""

from __future__ import annotations

import re
from collections.abc import Sequence

from winnow.steps.source.tasks.family import Check
from winnow.steps.source.tasks.words import finite_verbs

_MOST_CHARACTERS = 600  # an answer here is short; and no pattern below meets a text that could slow it down

_ABOUT_ITSELF = ["sentence", "sentences", "question", "word", "words"]  # an echo of the request
_VERB = (  # what a sentence has, and a list or a heading lacks
    rf"\b(?:{'|'.join(finite_verbs)}|(?:he|here|it|let|she|that|there|what|where|who)'s|[a-z]+'(?:d|ll|m|re|ve)|[a-z]+n't)\b"
)
_NO_HEADING = r"(?!\W*\w+(?: \w+)?:)"  # "School: a place to learn."
DOUBLED = r"\b(\w+)\W+\1\b"


def every(*of: Check) -> Check:
    """All of them must pass, and the answer is short."""
    return {"type": "all", "of": [{"type": "character_count", "max": _MOST_CHARACTERS}, *of]}


def never(of: Check) -> Check:
    """It must fail."""
    return {"type": "not", "of": of}


def whole(pattern: str, *, ignore_case: bool = False) -> Check:
    """The whole answer matches; white space at its ends is nothing."""
    return {"type": "regex", "pattern": pattern, "full": True, "ignore_case": ignore_case}


def somewhere(pattern: str, *, ignore_case: bool = False) -> Check:
    """A part of the answer matches."""
    return {"type": "regex", "pattern": pattern, "ignore_case": ignore_case}


def one_sentence(
    words: Sequence[str], *, ends: str = ".!?", least: int = 4, most: int | None = None
) -> Check:
    """One plain English sentence that uses `words`: no echo of the request, no list, no stammer."""
    body = r"[ -~‘’“”–—é]*"
    return every(
        whole(rf"{_NO_HEADING}[\"“']?[A-Z]{body}[{re.escape(ends)}][\"”']?"),
        {"type": "sentence_count", "min": 1, "max": 1},
        {"type": "word_count", "min": least, "max": most},
        {"type": "required_words", "words": list(words)},
        {"type": "forbidden_words", "words": [word for word in _ABOUT_ITSELF if word not in words]},
        somewhere(_VERB, ignore_case=True),
        never(somewhere(DOUBLED, ignore_case=True)),
    )
