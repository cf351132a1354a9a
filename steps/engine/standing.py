"""How an engine stands now: what each of its servers has done, has in flight, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from winnow.steps.engine.counters import Counters
from winnow.steps.engine.notes import Line, Notes
from winnow.steps.engine.protocol import Engine


@dataclass(frozen=True, slots=True)
class ServerStanding:
    """One server. `in_flight` and `limit` are of completions; `trouble` says why it is not up."""

    name: str
    up: bool
    in_flight: int
    limit: int
    counters: Counters
    trouble: str = ""


@runtime_checkable
class Several(Protocol):
    """An engine of several servers."""

    @property
    def standings(self) -> Sequence[ServerStanding]: ...


@runtime_checkable
class Noting(Protocol):
    """An engine that notes what happens to it."""

    @property
    def notes(self) -> Notes: ...


def standings_of(engine: Engine, in_flight: int) -> Sequence[ServerStanding]:
    """Each server of the engine, or the engine itself, of which so many completions are asked for now."""
    if isinstance(engine, Several):
        return engine.standings
    return [ServerStanding(engine.model, True, in_flight, engine.capacity, engine.counters)]


def lines_of(engine: Engine) -> Sequence[Line]:
    """What the engine noted last."""
    return list(engine.notes.recent) if isinstance(engine, Noting) else []
