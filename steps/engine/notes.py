"""A log of an engine's own: a line for whatever somebody may want to know afterwards."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from winnow.steps.engine.words import plain


class Notes:
    """Lines with their time in a file; without a path nothing is kept. What cannot be written is let go."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def __call__(self, text: str) -> None:
        if self._path is None:
            return
        at = datetime.now(UTC).isoformat(timespec="seconds")
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as log:
                log.write(f"{at} {plain(text, 1000)}\n")
