"""What a query may take, and how it is told that one took more, or is wrong."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

MEMORY = 256 * 1024**2
"""Bytes that a database may hold in memory."""
LONGEST_QUERY = 20_000
"""Characters: parsers need a thousand times the memory of what they read."""
_MOST_CHARACTERS = 16_000_000  # of text and blobs in a result


class QueryError(Exception):
    """The query is wrong, forbidden, or takes too much; its message is a short reason."""


class SourceError(Exception):
    """The database cannot be opened or made: trouble of ours."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave: the names of its columns, and its rows."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    @property
    def cells(self) -> int:
        return len(self.columns) * len(self.rows)


class Budget:
    """CPU seconds of this thread that all queries may take together, and rows that each may give.

    CPU time, since a busy machine must not change a verdict. The clock runs inside of `with budget`.
    """

    def __init__(self, seconds: float, rows: int = 0) -> None:
        self.seconds, self.rows = seconds, rows
        self._used = 0.0
        self._began: float | None = None

    def __enter__(self) -> Self:
        self._began = time.thread_time()
        return self

    def __exit__(self, *_: object) -> None:
        self._used, self._began = self._used + time.thread_time() - (self._began or 0), None

    def is_spent(self, now: float | None = None) -> bool:
        """Whether nothing is left; `now` is what this thread's clock shows, for whoever asks from another."""
        running = 0.0 if self._began is None else (time.thread_time() if now is None else now) - self._began
        return self._used + running > self.seconds

    @property
    def spent(self) -> QueryError:
        """The error that says so."""
        return QueryError(f"took more than {self.seconds:g} s of CPU time")

    def collect(self, rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """All of `rows`.

        Raises:
            QueryError: they are too many, or hold too much text.
        """
        kept: list[tuple[Any, ...]] = []
        characters = 0
        for row in rows:
            kept.append(row)
            characters += sum(len(cell) for cell in row if isinstance(cell, str | bytes))
            if len(kept) > self.rows:
                raise QueryError(f"gives more than {self.rows} rows")
            if characters > _MOST_CHARACTERS:
                raise QueryError(f"gives more than {_MOST_CHARACTERS // 1_000_000} MB of text")
        return kept
