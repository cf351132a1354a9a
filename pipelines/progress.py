"""Progress of a run: a live line in a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from rich.live import Live
from rich.text import Text

from winnow.pipelines.terminal import err, printable
from winnow.steps.records import BadRow
from winnow.steps.stage import Context

_LIVE_EVERY = 0.5  # seconds
_PLAIN_EVERY = 10.0
_BAD_ROWS_SHOWN = 5


class Progress:
    """Counts what the runner tells it, and shows that with the rate and the time left, on stderr."""

    def __init__(self, context: Context, total: int | None, target: int | None = None) -> None:
        self._context = context
        self._total = total
        self._target = target
        self._done = 0
        self._skipped = 0
        self._bad = 0
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def done(self) -> None:
        """A group is finished."""
        self._done += 1

    def skipped(self, problems: int) -> None:
        """So many problems were finished by an earlier run."""
        self._skipped += problems

    def bad(self, rows: Sequence[BadRow]) -> None:
        """Rows of the source that are no problems, and were left out."""
        for row in rows[: max(0, _BAD_ROWS_SHOWN - self._bad)]:
            err.print(f"left out: {printable(row.where)}: {printable(row.why)}")
        self._bad += len(rows)

    @asynccontextmanager
    async def shown(self) -> AsyncIterator[None]:
        """Show progress while the body runs, and a last line when it ends."""
        task = asyncio.create_task(self._live() if err.is_terminal else self._plain())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            err.print(self.line())

    def line(self) -> str:
        """One line of everything that is known."""
        counts: Counter[str] = self._context.counts
        finished = self._done + self._skipped
        of = f"/{self._total}" if self._total is not None else ""
        judged = counts["pass"] + counts["fail"]
        seconds = max(self.seconds, 1e-9)
        out = self._context.deferred.out if self._context.deferred else 0
        parts = [
            f"{finished}{of} problems",
            f"{counts['completions']} completions",
            f"{100 * counts['pass'] / judged:.0f}% pass" if judged else "",
            self._rows(),
            f"{counts['tokens'] / seconds:.0f} tokens/s" if counts["tokens"] else "",
            f"{self._context.spent.money:.4g} spent" if self._context.spent.money else "",
            f"waiting for {out} {'batch' if out == 1 else 'batches'}" if out else "",
            f"{counts['error']} verifier errors" if counts["error"] else "",
            f"{counts['unscored']} scorer errors" if counts["unscored"] else "",
            f"{counts['failed']} failed" if counts["failed"] else "",
            f"{self._bad} rows left out" if self._bad else "",
            _clock(seconds),
            self._left(seconds),
        ]
        return " · ".join(part for part in parts if part)

    def _rows(self) -> str:
        rows = self._context.rows
        return "" if rows is None else f"{rows}/{self._target} rows" if self._target else f"{rows} rows"

    def _left(self, seconds: float) -> str:
        if self._context.halt:
            return f"{self._context.halt.value}: nothing more is asked"
        if self._total is None or not self._done:
            return ""
        left = self._total - self._skipped - self._done
        return f"{_clock(seconds / self._done * left)} left" if left > 0 else ""

    async def _live(self) -> None:
        with Live(Text(self.line()), console=err, refresh_per_second=4, transient=True) as live:
            while True:
                await asyncio.sleep(_LIVE_EVERY)
                live.update(Text(self.line()))

    async def _plain(self) -> None:
        while True:
            await asyncio.sleep(_PLAIN_EVERY)
            err.print(self.line())


def _clock(seconds: float) -> str:
    """Seconds as a person reads them.

    >>> _clock(75), _clock(7300)
    ('1:15', '2:01:40')
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
