"""What every `search` in the `sample` part of a recipe says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from winnow.steps.records import Message

if TYPE_CHECKING:
    from winnow.steps.sample.search.node import Search

Count = Annotated[int, Field(ge=1, le=4096)]


class SearchConfig(BaseModel):
    """The base of every search: what it does is a generator, see `winnow.steps.sample.search.node`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @property
    def told(self) -> dict[str, Any]:
        """What makes the search what it is, as plain data."""
        return self.model_dump(mode="json")

    def settled(self) -> Self:
        """The same with all that it takes from files.

        Raises:
            MissingError: one is not there.
            UsageError: one is not what it should be.
        """
        return self

    @property
    def stop(self) -> str:
        """What ends a step that is not the last; nothing where each step is a whole answer."""
        return ""

    def search(self, seed: int) -> Search:
        """The search of one problem; `seed` is for what it draws itself."""
        raise NotImplementedError

    def answer(self, steps: Sequence[str]) -> str:
        """What these steps are as an answer."""
        raise NotImplementedError

    def further(self, steps: Sequence[str]) -> tuple[Message, ...]:
        """What follows the problem's messages where the next of these steps is asked for."""
        raise NotImplementedError
