"""Texts taken apart where no bracket is open."""

from __future__ import annotations

import re
from collections.abc import Iterator

from winnow.verifiers.golden.math.tokens import Unreadable

_PIECE = re.compile(r"\\text ?\{[^{}]*\}|\\[A-Za-z]+|\\.|.", re.DOTALL)
_OPEN = frozenset(("(", "[", "{", r"\{", r"\begin", r"\lfloor", r"\lceil"))
_CLOSE = frozenset((")", "]", "}", r"\}", r"\end", r"\rfloor", r"\rceil"))


def split(text: str, marks: tuple[str, ...], most: int = -1) -> list[str]:
    r"""`text` split at every one of `marks` outside of brackets, at the first `most` of them.

    >>> split(r"(1, 2), \{3, 4\}", (",",))
    ['(1, 2)', ' \\{3, 4\\}']

    Raises:
        Unreadable: its brackets do not fit.
    """
    if not any(mark in text for mark in marks):
        return [text]
    parts: list[str] = []
    begin = skip = 0
    for at, piece, depth in _walk(text):
        if at < skip or depth or most == len(parts):
            continue
        for mark in marks:
            if piece == mark or (mark[0] == " " and text.startswith(mark, at)):
                parts.append(text[begin:at])
                begin = skip = at + len(mark)
                break
    parts.append(text[begin:])
    return parts


def enclosed(text: str) -> bool:
    r"""Whether the bracket that `text` begins with closes at its very end.

    >>> enclosed("(1, 2)"), enclosed("(1)(2)")
    (True, False)
    """
    last = [(at, piece) for at, piece, depth in _walk(text) if not depth and piece in _CLOSE]
    return len(last) >= 1 and last[0][0] + len(last[0][1]) == len(text)


def _walk(text: str) -> Iterator[tuple[int, str, int]]:
    """Every piece of `text`, where it is, and how many brackets are open around it."""
    depth = 0
    for found in _PIECE.finditer(text):
        piece = found[0]
        if piece in _CLOSE:
            depth -= 1
            if depth < 0:
                raise Unreadable("a bracket that was never opened")
        yield found.start(), piece, depth
        if piece in _OPEN:
            depth += 1
    if depth:
        raise Unreadable("a bracket that is never closed")
