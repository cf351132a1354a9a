"""Sentences, counted by rule."""

from __future__ import annotations

import re

from winnow.verifiers.registry import Check
from winnow.verifiers.strict.limits import counted
from winnow.verifiers.strict.spoken import strict

_TITLES = frozenset(
    {"mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "vs", "no", "fig", "mt", "gen", "rev", "capt"}
)
_ABBREVIATED = frozenset(
    {
        "e.g",
        "i.e",
        "etc",
        "cf",
        "al",
        "approx",
        "inc",
        "ltd",
        "co",
        "corp",
        "u.s",
        "u.k",
        "a.m",
        "p.m",
        "ph.d",
    }
)
_PARAGRAPH = re.compile(r"\n[ \t\r]*+\n")
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]*_]*+(?=\s|\Z)|[。！？]++[”’」』）]*+")
_LETTER = re.compile(r"[^\W_]")
_WORD_BEFORE = 20  # characters: the longest abbreviation is far shorter


@strict("sentence_count")
def sentence_count(min: int | None = None, max: int | None = None) -> Check:
    """Pass where the completion has `min` to `max` sentences.

    A sentence ends at `.`, `!`, `?`, `…` or their CJK kin with white space or the end behind it, and with
    its paragraph; closing quotes belong to it. No end are the points of titles, common abbreviations,
    initials and list numbers, nor a mark inside a quotation that goes on in lower case. What stands behind
    the last mark is a sentence, too.
    """
    return counted(count_sentences, "sentence", min, max)


def count_sentences(text: str) -> int:
    """The number of sentences of `text`.

    >>> count_sentences('Dr. Lee paid 3.50 for it. "Why?" he asked')
    2
    """
    return sum(_in_paragraph(paragraph) for paragraph in _PARAGRAPH.split(text))


def _in_paragraph(text: str) -> int:
    count, letter = 0, _letter(text, 0)
    for mark in _END.finditer(text):
        if letter < mark.start() and _ends(text, mark):
            count, letter = count + 1, _letter(text, mark.end())
    return count + (letter < len(text))


def _letter(text: str, start: int) -> int:
    found = _LETTER.search(text, start)
    return found.start() if found else len(text)


def _ends(text: str, mark: re.Match[str]) -> bool:
    following = text[mark.end() : mark.end() + _WORD_BEFORE].lstrip()[:1]
    if not following:
        return True
    if mark[0] != ".":
        quoted = mark[0][-1] in "\"'”’»)" or mark[0].startswith(("..", "…"))
        return not (quoted and following.islower())
    line = text[max(0, mark.start() - _WORD_BEFORE) : mark.start()].rpartition("\n")[2]
    word = line.split()[-1].lstrip("\"'“‘(*_").lower() if line.split() else ""
    if word in _TITLES or (len(word) == 1 and word.isalpha() and word != "i"):
        return False
    if word in _ABBREVIATED:
        return not following.islower()
    return not (word.isdecimal() and line.strip() == word)
