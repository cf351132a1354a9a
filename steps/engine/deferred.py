"""Engines whose answers come hours later, many at once, and outlive the run that asked for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol, runtime_checkable

from winnow.steps.engine.protocol import Parameters

Place = tuple[str, int]
"""A problem's id, and the index of a completion of it."""


class StillOut(Exception):
    """The run ends before this request is answered: a later one gets the answer."""


@runtime_checkable
class Deferred(Protocol):
    """What a runner tells such an engine, and asks of it, beside what it does with any engine."""

    @property
    def out(self) -> int:
        """How many batches are not answered yet, or not fetched."""
        ...

    @property
    def groups(self) -> int:
        """How many groups may wait for it at once; what `capacity` says of completions holds beside it."""
        ...

    @property
    def owed(self) -> int:
        """How many requests of earlier runs nobody has asked for in this one: they are paid for."""
        ...

    def owes(self, problem: str) -> bool:
        """Whether one of these is of this problem."""
        ...

    def asked(self, problem: str, parameters: Parameters, index: int) -> int:
        """How many completions from this index on can be had without asking for them."""
        ...

    def leave(self) -> None:
        """Wait for nothing any longer: whoever waits, and whoever asks from now on, gets `StillOut`."""
        ...

    def settle(self, held: Callable[[Sequence[Place]], Collection[Place]]) -> None:
        """Let go of the answers that the ledger has: `held` tells which of these completions it does.

        May be called before the first `sample`, and after `close`.
        """
        ...
