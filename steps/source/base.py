"""What every source has in common: a frozen model of its keys, and rows that are problems or bad rows."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from winnow.steps.records import BadRow, Problem, canonical, key_of


class Source(BaseModel):
    """The base of every source's part of a recipe.

    `on_bad_row` decides what a broken row does: `stop` ends the run before anything is sampled, `skip`
    leaves the row out, tells it, and goes on. `limit` takes the first rows only, bad ones counted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    type: str
    on_bad_row: Literal["stop", "skip"] = "stop"
    limit: int | None = Field(default=None, ge=1)

    @property
    def place(self) -> str:
        """What a message calls this source: its path as it is written in the recipe, or its type."""
        return f"the {self.type} source"

    @property
    def finite(self) -> bool:
        """Whether reading it once from end to end, before anything is sampled, is sensible."""
        return True

    def identity(self) -> dict[str, Any]:
        """What decides which rows it gives: its keys as the recipe has them, nothing expanded."""
        return self.model_dump(mode="json", by_alias=True, exclude={"on_bad_row"}, exclude_none=True)

    def content(self) -> str:
        """What is there now, as a hash or a commit: where it is the same, the same keys give the same rows.

        Raises:
            MissingError: it is not there, or cannot be asked.
        """
        return key_of("source", canonical(self.identity()))

    @abstractmethod
    def rows(self) -> Iterator[Problem | BadRow]:
        """Every row in the order of the source, the same on every call.

        Memory does not grow with the rows, but for some 250 bytes a row that tell duplicates.

        Raises:
            MissingError: the source is not there.
            UsageError: it is there, and is nothing that can be read.
        """
