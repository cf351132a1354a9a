"""What a runner drives: stages, which take groups one by one, and the context that it lends to them."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from winnow.steps.engine.deferred import Deferred
from winnow.steps.engine.notes import RECENT, Line
from winnow.steps.engine.standing import ServerStanding
from winnow.steps.engine.words import plain
from winnow.steps.flights import Flights
from winnow.steps.records import Group, Spent


class Halt(StrEnum):
    """Why a run stops asking before everything is answered."""

    INTERRUPTED = "interrupted"
    DEADLINE = "deadline"
    BUDGET = "budget"
    TARGET = "target"

    @property
    def at_once(self) -> bool:
        """Whether nothing but what is in flight is waited for; else what was sampled is judged, too."""
        return self in (Halt.INTERRUPTED, Halt.DEADLINE)


async def drop(table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Keep nothing: where a stock Pipeline runs the steps there is no ledger."""


@dataclass(slots=True)
class Context:
    """What a runner lends to its stages.

    `put` hands rows to the ledger; `halt` says why no new request may be made, once none may; `spent` is
    over all runs of this ledger, and of its seconds those of earlier ones; `began` is when this one did.
    `more` waits, where several share a budget, until this one may ask for something, or nobody may any more;
    `exhausted` tells whether the budget is spent, `dry` whether whoever gives out the problems has none now.
    `workers` is how many processes a verifier may have: by default one a CPU that we may use.
    `deferred` is the engine, where its answers may outlive the run: it is told when the run ends early.
    `rows` is how many that the recipe asks for there are, over all runs, where it is counted. A run that
    `goes_on` finds completions there, which may owe nothing to some of the stages.
    `counts` is of this run: `completions`, `tokens` (of completions), each verdict's status, `failed`, the
    completions that stay owed because their request failed for good, and `unpaid`, the rewards that stay owed
    because the budget is spent.
    For whoever looks on, also from another thread: `flights` has the groups on their way, `standings` tells
    how the engine's servers are, `lines` what the engine noted, and `recent` what else happened, the last of
    it.
    """

    run: str = ""
    put: Callable[[str, Sequence[tuple[Any, ...]]], Awaitable[None]] = drop
    log_dir: Path | None = None
    halt: Halt | None = None
    more: Callable[[], Awaitable[None]] | None = None
    exhausted: Callable[[], bool] = bool
    dry: Callable[[], bool] = bool
    workers: int | None = None
    deferred: Deferred | None = None
    spent: Spent = field(default_factory=Spent)
    rows: int | None = None
    goes_on: bool = False
    began: float = field(default_factory=time.monotonic)
    counts: Counter[str] = field(default_factory=Counter)
    flights: Flights = field(default_factory=Flights)
    standings: Callable[[], Sequence[ServerStanding]] = tuple
    lines: Callable[[], Sequence[Line]] = tuple
    recent: deque[Line] = field(default_factory=lambda: deque(maxlen=RECENT))

    @property
    def seconds(self) -> float:
        """How long has been sampled, over all runs."""
        return self.spent.seconds + time.monotonic() - self.began

    @property
    def ends_at_once(self) -> bool:
        """Whether nothing but what is in flight is waited for."""
        return self.halt is not None and self.halt.at_once

    async def may_judge(self) -> bool:
        """Whether a language model may be asked for a judgement: not once the budget is spent, which ends
        the run, nor where the run ends at once."""
        if self.more is not None:
            await self.more()
        if self.ends_at_once:
            return False
        if self.exhausted():
            self.halt = self.halt or Halt.BUDGET
            return False
        return True

    def note(self, text: str) -> None:
        """Tell whoever looks on what happened; secrets are taken out."""
        self.recent.append((time.time(), plain(text)))

    def interrupt(self, why: Halt = Halt.INTERRUPTED) -> None:
        """Ask for nothing more, and do not wait for what another run can fetch."""
        self.halt = why
        if self.deferred is not None:
            self.deferred.leave()


class Stage(Protocol):
    """One stage of the flow: `open` before the first group, `close` after the last, whatever happened."""

    async def open(self, context: Context) -> None: ...

    async def on_group(self, group: Group) -> Group: ...

    async def close(self) -> None: ...
