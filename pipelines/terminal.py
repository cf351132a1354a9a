"""What reaches a terminal: nothing that a model wrote may steer it."""

from __future__ import annotations

import json
import os
import time
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from rich.console import Console


class _Told(Console):
    """A terminal that may be closed: a run goes on when nobody listens any more.

    With `as_json` whatever is printed is an object a line: `event`, `at` (seconds since 1970), and `text`.
    """

    as_json = False

    def on_broken_pipe(self) -> None:
        self.quiet = True
        with suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.file.fileno())  # what is left in its buffer is written at exit
            os.close(nowhere)

    def print(self, *objects: Any, **how: Any) -> None:
        if self.as_json:
            self.tell("message", {"text": " ".join(map(str, objects))})
            return
        try:
            super().print(*objects, **how)
        except OSError:  # a terminal that hung up, a log on a disk that is full
            self.on_broken_pipe()

    @property
    def draws(self) -> bool:
        """Whether it is a terminal on which lines can change in place."""
        return self.is_terminal and not self.is_dumb_terminal and not self.as_json and not self.quiet

    @property
    def columns(self) -> int:
        """How wide it is: rich takes a terminal that cannot draw for one of 80 columns."""
        try:
            return os.get_terminal_size(self.file.fileno()).columns if self.is_dumb_terminal else self.width
        except (OSError, ValueError):
            return self.width

    def tell(self, event: str, data: Mapping[str, Any]) -> None:
        """Write one object, as a line of its own."""
        if self.quiet:
            return
        try:
            self.file.write(json.dumps({"event": event, "at": time.time(), **data}) + "\n")
            self.file.flush()
        except OSError:
            self.on_broken_pipe()


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
