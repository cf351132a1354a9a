"""What a check may use."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

_MIB = 1024**2


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one check.

    `seconds` of CPU time, for each process and for all of them together, or `total` for all where a check is
    of several runs; `asleep`, seconds of a run in which neither it nor who judges it ran or stood in line to
    run; `memory` in bytes, for each process and for all; `disk`, bytes of its temporary files; `processes`,
    threads included; `files` open at once; `output`, bytes that a program may print. With `address_space`
    the memory limit holds for what is reserved, else for what is used.
    """

    seconds: int = 5
    total: int = 0
    asleep: float = 5.0
    memory: int = 512 * _MIB
    disk: int = 64 * _MIB
    processes: int = 32
    files: int = 128
    output: int = 8 * _MIB
    address_space: bool = True

    def told(self) -> dict[str, Any]:
        return asdict(self)
