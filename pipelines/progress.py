"""Progress of a run: what the runner tells, and who is shown it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from winnow.pipelines.folder import PROGRESS
from winnow.pipelines.live.files import StatusFile
from winnow.pipelines.live.heart import Heart, View
from winnow.pipelines.live.observer import Observer, Standing
from winnow.pipelines.live.screen import screen
from winnow.pipelines.live.snapshot import Snapshot
from winnow.pipelines.terminal import err, printable
from winnow.steps.records import BadRow
from winnow.steps.stage import Context

_BAD_ROWS_SHOWN = 5


class Progress:
    """Counts what the runner tells it, and shows that, with what the context counts, while the run goes on.

    Args:
        total: problems of the source, where it is known.
        target: rows that the recipe wants.
        budget: money that it may spend.
        before: completions that the ledger has.
        logs: where the status file lies; without, there is none.
        views: what shows it beside stderr.
    """

    def __init__(
        self,
        context: Context,
        total: int | None,
        target: int | None = None,
        *,
        name: str = "",
        budget: float | None = None,
        before: int = 0,
        logs: Path | None = None,
        views: Sequence[View] = (),
    ) -> None:
        self._context = context
        self._standing = Standing(name, total, target, budget, before)
        self._observer = Observer(context, self._standing)
        self._views = [*views, *([StatusFile(logs / PROGRESS)] if logs else [])]

    def doing(self, phase: str) -> None:
        """What the run does from now on; the clock counts from `sampling` or `judging` to what follows."""
        standing, now = self._standing, time.monotonic()
        if phase in ("sampling", "judging"):
            standing.began = now
        elif standing.ended is None:
            standing.ended = now
        standing.phase = phase

    def done(self) -> None:
        """A group is finished."""
        self._standing.done += 1

    def skipped(self, problems: int) -> None:
        """So many problems were finished by an earlier run."""
        self._standing.skipped += problems

    def bad(self, rows: Sequence[BadRow]) -> None:
        """Rows of the source that are no problems, and were left out."""
        for row in rows[: max(0, _BAD_ROWS_SHOWN - self._standing.bad)]:
            err.print(f"left out: {printable(row.where)}: {printable(row.why)}")
        self._standing.bad += len(rows)
        for row in rows:
            self._context.note(f"left out: {row.where}: {row.why}")

    def look(self) -> Snapshot:
        """The run as it is now."""
        return self._observer.look()

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show progress while the body runs, and a last line when it ends."""
        # Two threads: a terminal that was stopped (^S) takes nothing, and the status file goes on.
        with Heart(self.look, self._views), Heart(self.look, [screen()]):
            try:
                yield
            finally:
                self.doing("ended")
