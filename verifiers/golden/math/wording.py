r"""Answers in words: names, letters of a choice, yes and no."""

from __future__ import annotations

import re

_TEXT = re.compile(r"\\text ?\{([^{}]*)\}")
_WORDS = re.compile(r"[(\[]?[^\W\d_][^\W\d_'.\- ]*(?:[ '.\-][^\W\d_'.\- ]+){0,7}[)\].]*")
_SHORT = frozenset({
    "yes", "no", "odd", "even", "true", "false", "none", "all", "dne",
})  # fmt: skip
_MATHS = frozenset({
    "sqrt", "infinity", "alpha", "beta", "gamma", "delta", "theta", "lambda", "omega", "sigma",
    "epsilon", "zeta", "kappa", "upsilon", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh",
})  # fmt: skip
_SAME = {"does not exist": "dne", "undefined": "dne", "no solutions": "no solution"}
_CHOICE = re.compile(r"\(([A-Z])\)|([A-Z])(?=[).:])")


def wording(text: str) -> str | None:
    r"""The words that `text` is, so written that the same words are the same text; None where it is no words.

    >>> wording(r"\text{(C)}"), wording("Evelyn"), wording("xy") is None
    ('c', 'evelyn', True)
    """
    plain = _TEXT.sub(r"\1", text) if r"\text" in text else text
    plain = plain.replace("\\", "").strip() if r"\ " in plain else plain.strip()
    if len(plain) > 120 or not _WORDS.fullmatch(plain):
        return None
    if r"\text" not in text and not _is_prose(plain):
        return None
    return key_of(plain)


def key_of(text: str) -> str:
    """Words in lower case, without brackets and points around them."""
    key = " ".join(text.casefold().replace(".", " ").split()).strip("()[] ")
    return _SAME.get(key, key)


def choice(text: str) -> str | None:
    r"""The letter that an answer to a multiple choice begins with: `c` in `(C) 12` and `\text{C. } 12`.

    >>> choice("(C) 12"), choice("C: 12"), choice("C")
    ('c', 'c', None)
    """
    found = _CHOICE.match(_TEXT.sub(r"\1", text).strip())
    return (found[1] or found[2]).lower() if found else None


def _is_prose(plain: str) -> bool:
    """Whether plain letters are words, not a product of symbols."""
    if len(plain) == 3 and plain[0] in "([":
        return True
    words = re.findall(r"[^\W\d_]+", plain)
    if any(word.lower() in _MATHS for word in words):
        return False
    return any(len(word) > 3 or word.lower() in _SHORT or _is_name(word) for word in words)


def _is_name(word: str) -> bool:
    return len(word) > 1 and word[0].isupper() and word[1:].islower()
