"""The time that rows of a ledger have: it never goes back, whatever the clock does."""

from __future__ import annotations

import time

_latest = 0  # moment that was given out


def now() -> int:
    """Microseconds since 1970, UTC: what a time column takes without a conversion for every row.

    Never before what it gave last, and never before what `follow` told: the last row counts, and a clock may
    be set back.
    """
    global _latest
    _latest = max(time.time_ns() // 1000, _latest)
    return _latest


def follow(moment: int) -> None:
    """From now on it is later than this moment, in microseconds since 1970."""
    global _latest
    _latest = max(moment + 1, _latest)
