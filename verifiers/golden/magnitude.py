"""Whether a number is all of the value that is told, or a factor, a bound, a root or one of two of it."""

from __future__ import annotations

import re

_BEHIND = re.compile(
    r"""\s?(?: [\u221a\u03c0\u00b2\u00b3\u2070-\u2079] | \\pi\b | \\sqrt | pi\b | sqrt\b
      | (?: hundred | thousand | million | billion | trillion | dozen | mn | bn ) s? \b
      | (?<=\d) [kKM] \b )""",
    re.VERBOSE,
)
_BEFORE = re.compile(
    r"""(?: √ | \\sqrt\s?\{ | \bsqrt\s?\( | \d\s?[-–]\s?
      | \b(?: (?:less|greater|fewer|more|larger|smaller|higher|lower) \s than | at \s (?:least|most)
          | either \s \S{1,12} \s or | between \s \S{1,12} \s and | [\d.,]{1,12} \s or ) \s [$\\(]{0,3}
      )\s?\Z""",
    re.VERBOSE | re.IGNORECASE,
)
_NEAR = 40


def is_part(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]`, a number, is a part of a value (7 million, 7π, 5-7), a bound or a choice.

    >>> is_part("It is 7 million.", 6, 7), is_part("It is 7 metres.", 6, 7), is_part("5-7", 2, 3)
    (True, False, True)
    """
    behind = _BEHIND.match(text, end, end + _NEAR)
    return bool(behind or _BEFORE.search(text, max(0, start - _NEAR), start))
