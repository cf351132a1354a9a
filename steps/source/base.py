"""What every source has in common: a frozen model of its keys, and rows that are problems or bad rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict

from winnow.steps.records import BadRow, Problem


class Source(BaseModel):
    """The base of every source's part of a recipe.

    `on_bad_row` decides what a broken row does: `stop` ends the run before anything is sampled, `skip`
    leaves the row out, tells it, and goes on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    type: str
    on_bad_row: Literal["stop", "skip"] = "stop"

    def rows(self) -> Iterator[Problem | BadRow]:
        """Every row in the order of the source, the same on every call; memory does not grow with it.

        Raises:
            MissingError: the source is not there.
            UsageError: it is there, and is nothing that can be read.
        """
        raise UnreadableSource(f"a source of type {self.type!r} has no rows of its own")


class UnreadableSource(TypeError):
    """A source class without `rows`: a bug of ours."""
