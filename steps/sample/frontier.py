"""The groups that were begun and are owed more, the most urgent first."""

from __future__ import annotations

import heapq

from winnow.steps.records import Group


class Frontier:
    """A heap of groups by urgency, those of the same urgency first come, first served."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Group]] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def urgency(self) -> float:
        """Of the group that is next."""
        return -self._heap[0][0] if self._heap else float("-inf")

    def push(self, group: Group, urgency: float) -> None:
        self._count += 1
        heapq.heappush(self._heap, (-urgency, self._count, group))

    def pop(self) -> Group:
        return heapq.heappop(self._heap)[2]
