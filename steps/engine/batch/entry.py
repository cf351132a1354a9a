"""A request inside its batch, and the book in which it is found again by what it asked for."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from winnow.steps.engine.batch.results import Outcome
from winnow.steps.engine.batch.spool import Record


class Again(Exception):
    """Nobody worked at the request, and it is not to blame: it goes into another batch."""


class Left(Exception):
    """The run ends before there is an outcome."""


Known = Outcome | Again | Left | Exception


@dataclass(slots=True, eq=False)
class Entry:
    """A request for `n` completions of a problem, from index `first` on.

    `known` has the outcome as a value, also where it is an error: nobody may ever look at it. `used` is how
    many of its completions were taken; `owed` tells that it is an earlier run's, and nobody wants it yet.
    """

    problem: str
    first: int
    n: int
    seed: int | None
    batch: Batch
    known: asyncio.Future[Known]
    used: int = 0
    owed: bool = False

    @classmethod
    def new(cls, batch: Batch, problem: str, first: int, n: int, seed: int | None) -> Entry:
        """A request of which nothing is known; it is not in the batch's `entries` yet."""
        return cls(problem, first, n, seed, batch, asyncio.get_running_loop().create_future())

    def tell(self, outcome: Known) -> None:
        """Whoever waits learns this; what is known already stays."""
        if not self.known.done():
            self.known.set_result(outcome)


@dataclass(slots=True, eq=False)
class Batch:
    """A batch with its requests, by their `custom_id`."""

    record: Record
    entries: dict[str, Entry] = field(default_factory=dict)

    def tell(self, outcome: Known) -> None:
        for entry in self.entries.values():
            entry.tell(outcome)


class Book:
    """Every request whose answer was not taken to its end, by how it was asked and of which problem."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], list[Entry]] = {}
        self.owed: Counter[str] = Counter()  # requests, by problem

    def add(self, entry: Entry) -> None:
        self.owed[entry.problem] += entry.owed
        self._entries.setdefault((entry.batch.record.parameters, entry.problem), []).append(entry)

    def find(self, parameters: str, problem: str, index: int) -> Entry | None:
        """A request for this completion, whatever others it asks for."""
        for entry in self._entries.get((parameters, problem), ()):
            if entry.first <= index < entry.first + entry.n:
                return entry
        return None

    def claim(self, entry: Entry) -> None:
        """Somebody wants it."""
        self.owed[entry.problem] -= entry.owed
        if not self.owed[entry.problem]:
            del self.owed[entry.problem]
        entry.owed = False

    def drop(self, entry: Entry) -> None:
        """Nobody shall find it any more."""
        self.claim(entry)
        key = (entry.batch.record.parameters, entry.problem)
        left = [one for one in self._entries.get(key, ()) if one is not entry]
        if left:
            self._entries[key] = left
        else:
            self._entries.pop(key, None)

    def all(self) -> Iterable[Entry]:
        return [entry for entries in self._entries.values() for entry in entries]


def custom_id(problem: str, first: int, n: int) -> str:
    """The name of a request: what it asks for.

    >>> custom_id("9f", 4, 2), asked_by("9f-4-2"), asked_by("request-1")
    ('9f-4-2', ('9f', 4, 2), None)
    """
    return f"{problem}-{first}-{n}"


def asked_by(name: str) -> tuple[str, int, int] | None:
    """The problem, the first index and the number of completions of a request of ours."""
    problem, _, rest = name.partition("-")
    first, _, n = rest.partition("-")
    return (problem, int(first), int(n)) if first.isdecimal() and n.isdecimal() else None
