"""What goes wrong, at which request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

KINDS = ("500", "cut", "lost", "412", "stall")
"""An error before anything is done; a connection cut before; an answer lost after it was done; a commit that
has happened since; no answer, ever, and nothing done."""


@dataclass(frozen=True)
class Fault:
    """`kind` at the request of this number, from 0; `dead`: from there on nobody answers.

    `then` is what somebody else does right after it.
    """

    at: int
    kind: str
    then: Callable[[], None] = lambda: None


@dataclass
class Traffic:
    """The requests since the last `reset`, and what befalls them; the first `meet` commits are all held until
    the last of them has come, so that they race."""

    fault: Fault | None = None
    seen: list[str] = field(default_factory=list)
    meet: int = 0

    def reset(self, fault: Fault | None = None, meet: int = 0) -> None:
        self.fault, self.seen, self.meet = fault, [], meet

    @property
    def commits(self) -> int:
        """How often a commit was asked for."""
        return sum("/commit/" in line for line in self.seen)

    def meets(self, line: str) -> str:
        """Note a request; the fault that it meets, if any."""
        number = len(self.seen)
        self.seen.append(line)
        if self.fault is None:
            return ""
        if self.fault.kind == "dead":
            return "cut" if number >= self.fault.at else ""
        return self.fault.kind if number == self.fault.at else ""
