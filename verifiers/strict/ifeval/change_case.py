"""`change_case:*`: capitals."""

from __future__ import annotations

import re

from winnow.verifiers.strict.ifeval.instruction import Relation, Test, at_least, compared, instruction
from winnow.verifiers.strict.ifeval.language import detected, require_detector

_TOKEN = re.compile(r"(?:(?![:,]\D|[:,]\Z|--)[^\s;@#$%&?!()\[\]{}<>\"“”«»…])+")
_CLITIC = re.compile(r"(?<=\w)(?:N['’]T|['’](?:S|M|D|LL|RE|VE))\Z")


@instruction("change_case:capital_word_frequency")
def capital_word_frequency(capital_frequency: int, capital_relation: Relation) -> Test:
    """So many words all in capitals.

    A word is what white space or punctuation sets apart; `WELL-KNOWN` and `U.S.` are one, `CAN'T` and `I'M`
    are two, by the rules of the Penn Treebank that the paper's tokenizer follows. That one also takes the
    single quotes around a quotation off and parts a few contractions (`CANNOT`, `GONNA`), which this does
    not.
    """
    at_least("capital_frequency", capital_frequency, 0)

    def amiss(text: str) -> str | None:
        return compared(count_capitals(text), "capital word", capital_relation, capital_frequency)

    return amiss


@instruction("change_case:english_capital")
def english_capital() -> Test:
    """English, every letter a capital."""
    require_detector()

    def amiss(text: str) -> str | None:
        return _wrong(text, "upper") or _not_english(text)

    return amiss


@instruction("change_case:english_lowercase")
def english_lowercase() -> Test:
    """English, without a capital."""
    require_detector()

    def amiss(text: str) -> str | None:
        return _wrong(text, "lower") or _not_english(text)

    return amiss


def count_capitals(text: str) -> int:
    """The number of words of `text` that are all in capitals.

    >>> count_capitals("I CAN'T see the U.S. flag, NASA!")
    5
    """
    count = 0
    for token in _TOKEN.findall(text):
        if token.isupper():
            clitic = _CLITIC.search(token)
            count += 2 if clitic and clitic.start() else 1
    return count


def _wrong(text: str, case: str) -> str | None:
    if text.isupper() if case == "upper" else text.islower():
        return None
    wrong = next((sign for sign in text if (sign.islower() if case == "upper" else sign.isupper())), None)
    return f"{wrong!r} is not {case} case" if wrong else "no letter that has a case"


def _not_english(text: str) -> str | None:
    found = detected(text)
    return None if found == "en" else f"language {found or 'unknown'}, expected en"
