"""Who is asked next, and how often: what the runner and the sampler ask a policy."""

from __future__ import annotations

from typing import Protocol

from winnow.steps.records import Candidate, Group
from winnow.steps.sample.config import SampleConfig
from winnow.steps.sample.plan import next_goal


class Policy(Protocol):
    """Decides over groups, of which each is asked in rounds.

    `fresh` is the urgency of a problem of which nothing is known; `rival` that of the group which is next
    after the one at hand; `spread` how large a round may be without one, so that the engine is not idle
    while few problems are left; `holds`, whether nothing should be
    asked before something that was asked is known; `reached`, whether nothing need be asked any more; `kept`
    is how many rows there are, where these are counted.
    """

    rival: float
    spread: int
    kept: int | None

    @property
    def fresh(self) -> float: ...

    @property
    def holds(self) -> bool: ...

    @property
    def reached(self) -> bool: ...

    def urgency(self, group: Group) -> float:
        """Of two groups the one with more is asked first."""
        ...

    def begin(self, group: Group) -> None:
        """Set the group's goal, for a round that begins; it is where it was where nothing is owed."""
        ...

    def end(self, group: Group) -> None:
        """The round is over, and what it brought is judged."""
        ...

    def owes(self, group: Group) -> bool:
        """Whether another round is owed."""
        ...


class InTurn:
    """In the order of the source, what is begun first: for runs in which everybody is asked in the end."""

    rival, spread = 0.0, 1
    fresh = 0.0
    holds = reached = False
    kept: int | None = None

    def __init__(self, config: SampleConfig) -> None:
        self._config = config

    def urgency(self, group: Group) -> float:
        return 1.0

    def begin(self, group: Group) -> None:
        group.goal = max(group.done, next_goal(self._config, first(group, group.done)))

    def end(self, group: Group) -> None: ...

    def owes(self, group: Group) -> bool:
        return next_goal(self._config, first(group, group.done)) > group.done


def first(group: Group, goal: int) -> list[Candidate]:
    """The candidates below the goal: a gap may lie among them, and others beyond."""
    return [candidate for candidate in group.candidates if candidate.index < goal]
