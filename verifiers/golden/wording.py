"""Short texts, made comparable: case, punctuation, articles and white space aside, numbers whole."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_ARTICLES = frozenset(("a", "an", "the"))
_ENDS = ".,;:!?\"'()[]{}<>«»“”‘’„…*_`~"
_APOSTROPHES = str.maketrans("", "", "'’")
_BETWEEN_WORDS = re.compile(r"(?<=[^\W\d_])[-\u2010-\u2014/](?=[^\W\d_])")
_ACRONYM = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_MINUS = "-\u2212\u2013"


def words_of(text: str) -> list[str]:
    """The words of a text, after SQuAD's evaluation (Rajpurkar et al. 2016) but for what makes numbers equal.

    There `3.5` becomes `35` and `-5` becomes `5`; here punctuation inside of a number, and its sign, stay.

    >>> words_of("The U.S.A., state-of-the-art: -3.5!")
    ['usa', 'state', 'of', 'art', '-3.5']
    """
    text = _BETWEEN_WORDS.sub(" ", unicodedata.normalize("NFKC", text).casefold())
    found = (_word(word) for word in text.split())
    return [word for word in found if word and word not in _ARTICLES]


def f1(one: list[str], other: list[str]) -> float:
    """The harmonic mean of precision and recall of words, each counted as often as it stands there.

    >>> f1(["george", "washington"], ["george", "washington", "jr"])
    0.8
    """
    shared = (Counter(one) & Counter(other)).total()
    return 2 * shared / (len(one) + len(other)) if shared else float(one == other)


def _word(word: str) -> str:
    word = word.strip(_ENDS)
    if word and word[0] in _MINUS:
        rest = word.lstrip(_MINUS)
        if not rest[:1].isdigit():
            return _word(rest)
        word = "-" + rest
    if _ACRONYM.fullmatch(word):
        word = word.replace(".", "")
    return word.translate(_APOSTROPHES)
