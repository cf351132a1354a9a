r"""The last box of a text: `\boxed{...}` or `\fbox{...}`, braces balanced."""

from __future__ import annotations

import re

_OPENING = re.compile(r"\\(?:boxed|fbox|framebox)(?![A-Za-z])\s*")
_PIECE = re.compile(r"\\(?:boxed|fbox|framebox)\s*\{|\\.|[{}]", re.DOTALL)
_SINGLE = re.compile(r"-?(?:\\[A-Za-z]+|[0-9]+(?:\.[0-9]+)?|[A-Za-z])")


def last_box(text: str) -> str | None:
    r"""What stands in the last box that is closed; None where there is no box. Linear in the text.

    Where boxes were opened and none was closed, that is nothing: the text was cut off inside of its answer.

    >>> last_box(r"\boxed{1}, no, \boxed{\frac{1}{2}}")
    '\\frac{1}{2}'
    """
    at = max(text.rfind(r"\boxed"), text.rfind(r"\fbox"), text.rfind(r"\framebox"))
    if at < 0:
        return None
    opening = _OPENING.match(text, at)
    if opening and text[opening.end() : opening.end() + 1] != "{":
        single = _SINGLE.match(text, opening.end())
        if single:
            return single[0]
    elif opening:
        begin = opening.end() + 1
        end = text.find("}", begin)
        if end >= 0 and "{" not in text[begin:end] and "\\" not in text[begin:end]:
            first = text.find("box")
            if text.count("{", first, at) == text.count("}", first, at):  # it stands in no other box
                return text[begin:end].strip()
    return _search(text)


def _search(text: str) -> str | None:
    """The box that is closed last, by one walk through the whole text."""
    stack: list[int] = []  # where each open box begins; -1 for other braces
    found: tuple[int, int] | None = None
    boxes = 0
    for piece in _PIECE.finditer(text, max(0, text.find("\\"))):
        token = piece[0]
        if token == "}":
            if stack:
                begin = stack.pop()
                if begin >= 0:
                    boxes -= 1
                    found = (begin, piece.start())
        elif token == "{":
            if boxes or stack:
                stack.append(-1)
        elif len(token) > 2:
            stack.append(piece.end())
            boxes += 1
    return text[found[0] : found[1]].strip() if found else ""
