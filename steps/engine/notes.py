"""A log of an engine's own: a line for whatever somebody may want to know afterwards, or now."""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from winnow.steps.engine.words import plain

RECENT = 20
"""How many of the last lines are at hand."""

Line = tuple[float, str]
"""Seconds since 1970, and what happened then."""


class Notes:
    """Lines with their time in a file, where there is a path. What cannot be written is let go. `recent` are
    the last ones."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.recent: deque[Line] = deque(maxlen=RECENT)

    def __call__(self, text: str) -> None:
        text = plain(text, 1000)
        self.recent.append((time.time(), text))
        if self._path is None:
            return
        at = datetime.now(UTC).isoformat(timespec="seconds")
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as log:
                log.write(f"{at} {text}\n")
