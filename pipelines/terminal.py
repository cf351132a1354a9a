"""What reaches a terminal: nothing that a model wrote may steer it."""

from __future__ import annotations

import unicodedata

from rich.console import Console

out = Console(highlight=False, markup=False)
err = Console(stderr=True, highlight=False, markup=False)


def printable(text: str, most: int = 2000) -> str:
    """`text` without control characters, escapes and direction marks, cut at `most` characters.

    >>> printable("a\\x1b[31mred")
    'a�[31mred'
    """
    shown = "".join(
        char if char == "\n" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co") else "\ufffd"
        for char in text[:most]
    )
    return shown if len(text) <= most else shown + "…"
