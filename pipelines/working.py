"""Long work that counts nothing: shown to go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from winnow.pipelines.live.words import clock
from winnow.pipelines.terminal import err

_EVERY = 30.0  # seconds


@contextmanager
def working(what: str, every: float = _EVERY) -> Iterator[None]:
    """Show that this goes on while the body runs: a terminal has something that turns, a log a line now and
    then."""
    if err.draws:
        with err.status(what):
            yield
        return
    began, over = time.monotonic(), threading.Event()

    def tell() -> None:
        while not over.wait(every):
            err.print(f"{what}: {clock(time.monotonic() - began)}")

    thread = threading.Thread(target=tell, name="working", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
