"""What the driver asks of whatever holds its workers: a cluster, or a test."""

from __future__ import annotations

from typing import Protocol

from winnow.pipelines.ray.wire import Failed, Give, Job, Ready, Took


class Lost(Exception):
    """A worker is gone, with all that it had not told yet."""


class Hand(Protocol):
    """One worker, from outside; whoever asks one that is gone, or does not answer, is told by `Lost`."""

    async def open(self) -> Ready | Failed: ...

    async def exchange(self, given: Give) -> Took: ...

    def wake(self) -> None: ...

    def kill(self) -> None: ...

    async def close(self) -> None:
        """End it, in order if it can be."""
        ...


class Cluster(Protocol):
    """`room` is how many workers there can be, now."""

    async def room(self) -> int: ...

    def hire(self, job: Job) -> Hand: ...
