"""What a run knows of each problem: whether the ledger has it, the source has it, it is done, it left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum

from winnow.steps.numbering import Numbering


class Mark(IntEnum):
    """One thing that is known of a problem."""

    KNOWN = 1  # the ledger had it when the run began
    DONE = 2  # and owes it nothing
    SEEN = 4  # it is in the source
    GONE = 8  # the ledger knows that it left the source


class Standing:
    """The marks of every problem, by its id: some 35 bytes a problem, however many marks it has.

    >>> standing = Standing()
    >>> standing.mark(Mark.KNOWN, ["0" * 32, "1" * 32])
    >>> standing.mark(Mark.SEEN, ["1" * 32, "2" * 32])
    >>> standing.has(Mark.KNOWN, "1" * 32), standing.has(Mark.KNOWN, "2" * 32)
    (True, False)
    >>> list(standing.having([Mark.KNOWN], lacking=[Mark.SEEN])) == ["0" * 32]
    True
    """

    def __init__(self) -> None:
        self._numbering = Numbering()
        self._marks = bytearray()  # of each number

    def mark(self, mark: Mark, problems: Iterable[str]) -> None:
        for problem in problems:
            number = self._numbering.add(problem)
            if number == len(self._marks):
                self._marks.append(0)
            self._marks[number] |= mark

    def has(self, mark: Mark, problem: str) -> bool:
        number = self._numbering.find(problem)
        return number is not None and self._marks[number] & mark != 0

    def having(self, marks: Iterable[Mark], lacking: Iterable[Mark] = ()) -> Iterator[str]:
        """The ids that have all of some marks, and none of others."""
        wanted, unwanted = sum(marks), sum(lacking)
        for number, marked in enumerate(self._marks):
            if marked & wanted == wanted and not marked & unwanted:
                yield self._numbering[number]
