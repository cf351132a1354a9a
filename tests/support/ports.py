"""A port of this machine that nobody else gets while a test needs it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def held() -> Iterator[int]:
    """A port at which nobody answers, and which the system gives to no other process meanwhile. A server of
    the test's own may listen there, end, and be started again."""
    with socket.socket() as bound:  # bound, and never listening: who connects is refused
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", 0))
        yield int(bound.getsockname()[1])
