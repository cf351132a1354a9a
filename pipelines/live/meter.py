"""How fast a count grows: over the last while, and from one stretch to the next."""

from __future__ import annotations

from collections import deque

_WINDOW = 30.0  # seconds
_STRETCH = 2.0
_STRETCHES = 60


class Meter:
    """Told a running sum now and then, it knows how fast that grows. Times are in seconds, of any clock.

    >>> meter = Meter(0.0)
    >>> for second in range(1, 41):
    ...     meter.add(float(second), 10.0 * second)
    >>> meter.rate, meter.history[-3:]
    (10.0, (10.0, 10.0, 10.0))
    """

    def __init__(self, at: float, value: float = 0.0) -> None:
        self._seen: deque[tuple[float, float]] = deque([(at, value)])
        self._last = at, value
        self._history: deque[float] = deque(maxlen=_STRETCHES)

    def add(self, at: float, value: float) -> None:
        """The sum is `value` at this time."""
        self._seen.append((at, value))
        while len(self._seen) > 2 and self._seen[1][0] <= at - _WINDOW:
            self._seen.popleft()
        began, before = self._last
        if at - began >= _STRETCH:
            self._history.append((value - before) / (at - began))
            self._last = at, value

    @property
    def grown(self) -> float:
        """How much it grew in the last half a minute."""
        return self._seen[-1][1] - self._seen[0][1]

    @property
    def rate(self) -> float:
        """How much it grows a second, of the last half a minute."""
        seconds = self._seen[-1][0] - self._seen[0][0]
        return self.grown / seconds if seconds > 0 else 0.0

    @property
    def history(self) -> tuple[float, ...]:
        """The rate of every two seconds, the last one last."""
        return tuple(self._history)
