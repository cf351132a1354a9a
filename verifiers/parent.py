"""A process that ends with the one that started it."""

from __future__ import annotations

import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(number: int) -> None:
    """Ask Linux for this signal when our parent dies, also where an heir of it holds our input open."""
    if sys.platform == "linux":
        import ctypes  # a worker elsewhere need not load it

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
