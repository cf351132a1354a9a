"""A time at which a run should be over: it stops asking early enough to bring home what is in flight, and to
build."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from winnow.pipelines.terminal import err
from winnow.steps.errors import UsageError
from winnow.steps.stage import Context, Halt

_SPAN = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_HOUR = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_LOOK = 0.2  # seconds
_REQUESTS = 2.0  # times a usual request: the slower ones shall come home, too
_BUILT = 50_000  # candidates a second, on a slow machine
_LEAST = 2.0  # seconds of a build, and of an end


@dataclass(frozen=True, slots=True)
class Deadline:
    """`at` is by the clock that nobody sets (`time.monotonic`), `told` as a user says it."""

    at: float
    told: str

    @property
    def left(self) -> float:
        """Seconds until then."""
        return self.at - time.monotonic()

    def build(self, candidates: int) -> float:
        """Seconds that a build of so many candidates may take."""
        return _LEAST + candidates / _BUILT


def deadline_of(told: str, now: datetime | None = None) -> Deadline:
    """A span (`2h`, `1h30m`, `45s`) from now on, or the next time that the clock shows `07:30`.

    Raises:
        UsageError: it is neither.

    >>> round(deadline_of("1h30m").left), round(deadline_of("7:30", datetime(2026, 1, 1, 7, 0)).left)
    (5400, 1800)
    """
    now = now or datetime.now()
    if hour := _HOUR.fullmatch(told):
        then = now.replace(hour=int(hour[1]), minute=int(hour[2]), second=0, microsecond=0)
        seconds = (then + timedelta(days=then <= now) - now).total_seconds()
    elif told and (span := _SPAN.fullmatch(told)):
        hours, minutes, rest = (int(one or 0) for one in span.groups())
        seconds = 3600.0 * hours + 60 * minutes + rest
    else:
        raise UsageError(f"--deadline {told!r}: expected a span as 2h, 1h30m or 45s, or a time as 07:30")
    return Deadline(time.monotonic() + seconds, told)


async def keep(deadline: Deadline, context: Context, candidates: int, cut: Callable[[], object]) -> None:
    """Stop asking when what is in flight, and a build, will just come to their ends in time; `cut` is called
    when what is in flight has not, and there is time for the build alone."""

    def build() -> float:
        return deadline.build(candidates + context.counts["completions"])

    while deadline.left > _reserve(context) + build():  # noqa: ASYNC110 - time tells nobody that it passes
        await asyncio.sleep(_LOOK)
    if context.halt is not Halt.INTERRUPTED:
        context.interrupt(Halt.DEADLINE)
        err.print(f"the deadline {deadline.told} is near: requests in flight are finished first")
    await asyncio.sleep(deadline.left - build())
    cut()


def _reserve(context: Context) -> float:
    """Seconds until what is in flight will have come home."""
    counters = [one.counters for one in context.standings()]
    return max((_REQUESTS * one.seconds / one.answered for one in counters if one.answered), default=0.0)
