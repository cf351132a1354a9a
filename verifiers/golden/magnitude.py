"""Whether a number is all of the value that it stands in, or a factor, an end or a root of it."""

from __future__ import annotations

import re

_BEHIND = re.compile(
    r"""\s?(?: [\u221a\u03c0\u00b2\u00b3\u2070-\u2079] | \\pi\b | \\sqrt | pi\b | sqrt\b
      | (?: hundred | thousand | million | billion | trillion | dozen | mn | bn ) s? \b
      | (?<=\d) [kKM] \b )""",
    re.VERBOSE,
)
_BEFORE = re.compile(r"(?: \u221a | \\sqrt\s?\{ | \bsqrt\s?\( | \d\s?[-\u2013]\s? )\s?\Z", re.VERBOSE)
_NEAR = 24


def is_part(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]`, a number, is only a part of a value: of 7 million, of 7\u03c0, of 5-7.

    >>> is_part("It is 7 million.", 6, 7), is_part("It is 7 metres.", 6, 7), is_part("5-7", 2, 3)
    (True, False, True)
    """
    behind = _BEHIND.match(text, end, end + _NEAR)
    return bool(behind or _BEFORE.search(text, max(0, start - _NEAR), start))
