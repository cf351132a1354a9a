"""Which groups are on their way, what each waits for, and since when."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from winnow.steps.records import Problem


class At(StrEnum):
    """What a group may wait for."""

    ENGINE = "engine"
    VERIFIER = "verifier"
    SCORER = "scorer"
    STEPS = "steps"


@dataclass(slots=True)
class Flight:
    """A group on its way: the problem's id in its source; times are of the monotonic clock."""

    source_id: str
    since: float
    at: At
    moved: float


@dataclass(slots=True)
class Flights:
    """The groups on their way, by problem. `waited` has the seconds of waits that ended, summed over groups.

    Whoever looks may be another thread: it finds a group here or not, never half of it.

    >>> flights, problem = Flights(), Problem("p1", ())
    >>> with flights.of(problem):
    ...     flights.move(problem.id, At.VERIFIER)
    ...     [(one.source_id, one.at.value) for one in flights.now()]
    [('p1', 'verifier')]
    >>> flights.now(), sorted(at.value for at in flights.waited)
    ([], ['engine', 'verifier'])
    """

    waited: defaultdict[At, float] = field(default_factory=lambda: defaultdict(float))
    _groups: dict[str, Flight] = field(default_factory=dict)

    @contextmanager
    def of(self, problem: Problem) -> Iterator[None]:
        """Around a round of this problem, which begins at the engine."""
        now = time.monotonic()
        one = self._groups[problem.id] = Flight(problem.source_id, now, At.ENGINE, now)
        try:
            yield
        finally:
            self._groups.pop(problem.id, None)
            self.waited[one.at] += time.monotonic() - one.moved

    def move(self, problem: str, at: At) -> None:
        """From now on it waits for that. Where nobody has begun it, nothing is noted."""
        if (one := self._groups.get(problem)) is not None and one.at is not at:
            now = time.monotonic()
            self.waited[one.at] += now - one.moved
            one.at, one.moved = at, now

    def now(self) -> list[Flight]:
        """Those that are on their way, the longest first."""
        return list(self._groups.values())
