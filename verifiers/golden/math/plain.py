"""Plain numbers, which most answers are: compared as text, without reading them as mathematics."""

from __future__ import annotations

import re

_WHOLE = r"[0-9]++(?!,)|[1-9][0-9]{0,2}(?:,[0-9]{3})++"
_PLAIN = re.compile(rf"(-?)(?:\\?\$)?({_WHOLE})(?:\.([0-9]++))?")
_NUMBER = rf"(?:\\?\$)?(-?(?:{_WHOLE})(?:\.[0-9]++)?)\.?[\ \t]*+"
_LINE = re.compile(rf"{_NUMBER}(?=\n|\Z)")
_STATED = re.compile(
    rf"""(?: \#\#\#\# | A: | (?:So\ |Thus\ |Therefore\ )?,?(?:[Tt]he\ )?(?:[Ff]inal\ )?[Aa]nswer(?:\ is:?|:) )
        \ {{0,4}}{_NUMBER}\s*+\Z""",
    re.VERBOSE,
)


def plain_number(text: str) -> str | None:
    """A decimal number, so written that equal numbers are the same text; None where it is something else.

    >>> plain_number("$1,234.50"), plain_number("007"), plain_number("-0.0"), plain_number("1/2")
    ('1234.5', '7', '0', None)
    """
    found = _PLAIN.fullmatch(text)
    if found is None:
        return None
    sign, whole, part = found.groups()
    if "," in whole:
        whole = whole.replace(",", "")
    if whole[0] == "0":
        whole = whole.lstrip("0") or "0"
    if part and (part := part.rstrip("0")):
        return f"{sign}{whole}.{part}"
    return sign + whole if whole != "0" else whole


def plain_line(text: str) -> str | None:
    """The plain number that stands alone on the first line of `text`.

    >>> plain_line("$18.\\n"), plain_line("18 eggs")
    ('18', None)
    """
    found = _LINE.match(text)
    return found[1] if found else None


def stated_number(text: str) -> str | None:
    """The plain number that the last line of `text` states and ends with, in the usual ways to state one.

    >>> stated_number("9 x 2 = 18\\n#### 18"), stated_number("The answer is 18."), stated_number("It is 18.")
    ('18', '18', None)
    """
    end = len(text) if text[-1:] not in ("\n", " ") else len(text.rstrip())
    found = _STATED.match(text, text.rfind("\n", 0, end) + 1)
    return found[1] if found else None
