"""The thread that looks at a run twice a second, and shows what it saw to every view."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Protocol, Self

from winnow.pipelines.live.snapshot import Snapshot

_BEAT = 0.5  # seconds


class View(Protocol):
    """Something that shows snapshots, every so many seconds; `end` has the last one."""

    every: float

    def begin(self, snapshot: Snapshot) -> None: ...

    def show(self, snapshot: Snapshot) -> None: ...

    def end(self, snapshot: Snapshot) -> None: ...


class Heart:
    """Beats while its body runs. A view that cannot be written any more is let go: the run goes on."""

    def __init__(self, look: Callable[[], Snapshot], views: Sequence[View]) -> None:
        self._look = look
        self._views = dict.fromkeys(views, 0.0)  # with the time of its next turn
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="progress", daemon=True)

    def __enter__(self) -> Self:
        first, now = self._look(), time.monotonic()
        for view in list(self._views):
            self._views[view] = now + view.every
            self._try(view, view.begin, first)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        last = self._look()
        for view in list(self._views):
            self._try(view, view.end, last)

    def _beat(self) -> None:
        while not self._over.wait(_BEAT):
            now, seen = time.monotonic(), self._look()
            for view, due in list(self._views.items()):
                if now >= due:
                    self._views[view] = now + view.every - _BEAT / 2
                    self._try(view, view.show, seen)

    def _try(self, view: View, call: Callable[[Snapshot], None], seen: Snapshot) -> None:
        try:
            call(seen)
        except OSError:
            self._views.pop(view, None)
