"""Memory that was freed, given back to the system: glibc keeps it where something near it is still in use."""

from __future__ import annotations

import ctypes

_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc alone


def give_back() -> None:
    """Give back whole pages that nobody uses; nothing happens where the C library is another."""
    if _trim is not None:
        _trim(0)
