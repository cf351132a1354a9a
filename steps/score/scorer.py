"""What gives rewards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from winnow.steps.records import Candidate, Problem
from winnow.steps.scoring import Reward


class Scorer(Protocol):
    """Scores candidates. `start` before the first, `close` after the last, whatever happened."""

    async def start(self) -> None:
        """Be ready to score.

        Raises:
            MissingError: something that it needs is not there.
        """
        ...

    async def score(self, problem: Problem, candidates: Sequence[Candidate]) -> Sequence[Reward]:
        """A reward for each of these candidates of one problem, in order.

        What cannot be scored now has a failed one; nothing is raised over a completion.
        """
        ...

    async def close(self) -> None: ...


class Ready:
    """The start and the end of a scorer that needs neither."""

    async def start(self) -> None:
        return None

    async def close(self) -> None:
        return None
