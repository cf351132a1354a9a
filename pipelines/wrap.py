"""Texts of others in lines of a terminal: wrapped to its width, and nothing in them steers it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from rich.cells import cell_len, get_character_cell_size

from winnow.pipelines.terminal import printable

_TAB = 4
_MARKS = 3  # on one character, as no language needs more; a thousand of them would climb over other lines
_BREAKS = str.maketrans({"\u2028": "\n", "\u2029": "\n", "\x85": "\n", "\x0b": "\n", "\x0c": "\n"})


def wrapped(text: str, width: int) -> Iterator[str]:
    """The lines of `text`, each at most so many columns wide: broken at blanks, else anywhere.

    Control characters, escapes, direction marks and invisible ones become U+FFFD; what is wide counts two.

    >>> list(wrapped("one two three", 8)), list(wrapped("\\x1b[2J", 8)), list(wrapped("日本語", 4))
    (['one two', 'three'], ['�[2J'], ['日本', '語'])
    """
    for line in _plain(text).split("\n"):
        yield from _broken(line, max(width, 2))


def one_line(text: str, width: int) -> str:
    """`text` in a line of at most so many columns, white space as one blank, cut with an ellipsis.

    >>> one_line("What is\\n 1 + 1?", 10)
    'What is 1…'
    """
    line = " ".join(_plain(text[: 20 * width]).split())
    if cell_len(line) <= width and len(text) <= 20 * width:
        return line
    return next(_broken(line, max(width - 1, 1), at_blanks=False), "") + "…"


def _plain(text: str) -> str:
    whole = text.replace("\r\n", "\n").translate(_BREAKS).expandtabs(_TAB)
    return _few_marks(printable(whole, len(whole)))


def _few_marks(text: str) -> str:
    """`text` with a few combining marks on a character at most, and none that stands in for a blank."""
    if text.isascii():
        return text
    kept, marks = [], 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if marks <= _MARKS:
            kept.append("\ufffd" if char in "\u115f\u1160\u3164\uffa0" else char)
    return "".join(kept)


def _broken(line: str, width: int, *, at_blanks: bool = True) -> Iterator[str]:
    start = used = 0
    blank, after = -1, 0  # the last blank of this line that follows a word, and the columns up to it
    for at, char in enumerate(line):
        size = 1 if " " <= char <= "~" else get_character_cell_size(char)
        if used + size > width:
            if at_blanks and char == " ":
                yield line[start:at]
                start, used, blank = at + 1, 0, -1
                continue
            end = blank if at_blanks and blank > start else at
            yield line[start:end]
            start, used = (end + 1, used - after) if end == blank else (at, 0)
            blank = -1
        used += size
        if char == " " and line[start:at].strip():
            blank, after = at, used
    if start < len(line) or not line:
        yield line[start:]
