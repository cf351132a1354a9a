"""Waiting for what will be: a busy machine may take long for anything."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_until(true: Callable[[], object], seconds: float = 120.0) -> None:
    """Return once it holds; the limit only ends a test that would hang."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "what the test waits for did not happen"
        time.sleep(0.02)
