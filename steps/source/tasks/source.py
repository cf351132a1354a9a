"""`tasks`: problems of our own, drawn family by family from a seed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from itertools import count, islice
from random import Random
from typing import Any, Literal

from pydantic import Field, field_validator

from winnow.steps.errors import UsageError
from winnow.steps.records import Problem
from winnow.steps.source.base import Source
from winnow.steps.source.tasks.family import SANDBOXED, load_families
from winnow.steps.source.tasks.family import families as known

_FRESH_DRAWS = 20  # in a row for a question that was not there yet, be it with other examples before it
_MOST_DRAWS = 120  # in a row for a problem that was not there yet: after so many, the family is drawn empty


class TasksSource(Source):
    """`{type: tasks, families: [two_words, bullets], per_family: 12, seed: 7}`; without `families`, all whose
    answers need not be run.

    Problems of the families alternate, so that a `limit` takes some of each. A problem depends on the seed,
    its family and its number alone: a larger `per_family` keeps those of a smaller one.
    """

    type: Literal["tasks"]
    families: list[str] | None = Field(default=None, min_length=1)
    per_family: int = Field(default=12, ge=1, le=100_000)
    seed: int = Field(default=0, ge=0)
    """Another seed makes other problems."""

    @field_validator("families")
    @classmethod
    def _known(cls, names: list[str] | None) -> list[str] | None:
        load_families()
        for name in names or []:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                told = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}"
                raise ValueError(f"no family is called {name!r}: {told}")
        return names

    def identity(self) -> dict[str, Any]:
        load_families()
        return {**super().identity(), "families": self.families or _everyday()}

    def rows(self) -> Iterator[Problem]:
        load_families()
        names = self.families or _everyday()
        drawn: dict[str, Iterator[Problem]] = {
            name: islice(self._drawn(name), self.per_family) for name in dict.fromkeys(names)
        }
        return islice(_alternate(drawn), self.limit)

    def _drawn(self, name: str) -> Iterator[Problem]:
        """The family's problems, none twice, and no question twice while it has new ones."""
        seen: set[str] = set()
        asked: set[str] = set()
        fruitless = 0
        for at in count():
            task = known[name](Random(f"{self.seed}:{name}:{at}"))
            question = task.prompt[-1]["content"]
            problem = Problem(
                f"{name}-{at:05}", task.prompt, {"check": task.check, **task.reference}, {"family": name}
            )
            fruitless += 1
            if problem.id not in seen and (question not in asked or fruitless > _FRESH_DRAWS):
                seen.add(problem.id)
                asked.add(question)
                fruitless = 0
                yield problem
            elif fruitless >= _MOST_DRAWS:
                told = f"the family {name!r} has some {len(seen)} different problems"
                raise UsageError(f"{told}, and per_family asks for {self.per_family}: lower it")


def _everyday() -> list[str]:
    return sorted(set(known) - SANDBOXED)


def _alternate(drawn: dict[str, Iterator[Problem]]) -> Iterator[Problem]:
    """One problem of each in turn, until all are drawn empty."""
    while drawn:
        for name in list(drawn):
            problem = next(drawn[name], None)
            if problem is None:
                del drawn[name]
            else:
                yield problem
