"""What reaches a terminal: nothing that a model wrote may steer it."""

from __future__ import annotations

import os
import unicodedata

from rich.console import Console


class _Told(Console):
    """A terminal that may be closed: a run goes on when nobody listens any more."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())  # what is left in its buffer is written at exit
        os.close(nowhere)


out = _Told(highlight=False, markup=False)
err = _Told(stderr=True, highlight=False, markup=False)


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
