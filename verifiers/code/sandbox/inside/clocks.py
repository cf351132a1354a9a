"""How long each side of a check has been awake: their forkservers tell each other.

A candidate that waits for a judge is not hung while the judge computes, or stands in line for a processor,
and neither is a judge that waits for a candidate. No check holds the descriptor.
"""

from __future__ import annotations

import os
import struct

_SECONDS = struct.Struct("<d")


def make() -> int:
    """The descriptor of a new pair of clocks, which stand at 0."""
    made = os.memfd_create("clocks")
    os.ftruncate(made, 2 * _SECONDS.size)
    return made


class Clocks:
    """A pair of clocks, as the side `mine` (0 or 1) knows them. None is ever put back: a judge stays for the
    next candidate, whose clock goes on from that of the last, whoever of the two looks first.

    >>> pair = make()
    >>> Clocks(pair, 0).tell(1.5)
    >>> Clocks(pair, 1).other(), Clocks(pair, 0).other()
    (1.5, 0.0)
    >>> Clocks(pair, 0).tell(0.5)
    >>> Clocks(pair, 1).other()
    2.0
    >>> os.close(pair)
    """

    def __init__(self, descriptor: int, mine: int) -> None:
        self._descriptor, self._mine = descriptor, mine
        self._before = self._of(mine)

    def tell(self, awake: float) -> None:
        """This side has been awake for so many seconds since it knows them."""
        told = _SECONDS.pack(self._before + awake)
        os.pwrite(self._descriptor, told, self._mine * _SECONDS.size)

    def other(self) -> float:
        """For how many seconds the other side has been awake, as of when it was last looked at."""
        return self._of(1 - self._mine)

    def _of(self, side: int) -> float:
        told = os.pread(self._descriptor, _SECONDS.size, side * _SECONDS.size)
        seconds: float = _SECONDS.unpack(told)[0]
        return seconds
