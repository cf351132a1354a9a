"""`revise`, in the `search` part of a recipe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from winnow.steps.records import Message
from winnow.steps.sample.search.base import Count, SearchConfig

if TYPE_CHECKING:
    from winnow.steps.sample.search.node import Search


class ReviseConfig(SearchConfig):
    """`n` attempts, in chains of `length` each. Before each but the first the model sees up to `shown` of
    the last ones, each followed by `instruction` as the user's words."""

    type: Literal["revise"]
    n: Count = 16
    """Attempts in all."""
    length: Count = 4
    shown: int = Field(default=4, ge=1, le=64)
    instruction: str = Field(
        default="Check your answer, and give a better one. If it is right, give it again in full.",
        min_length=1,
    )

    @model_validator(mode="after")
    def _divides(self) -> Self:
        if self.n % self.length:
            raise ValueError(f"`n` ({self.n}) is no multiple of `length` ({self.length})")
        return self

    def search(self, seed: int) -> Search:
        from winnow.steps.sample.search.revise import revise

        return revise(self.n, self.length)

    def answer(self, steps: Sequence[str]) -> str:
        return steps[-1]

    def further(self, steps: Sequence[str]) -> tuple[Message, ...]:
        asking = {"role": "user", "content": self.instruction}
        return tuple(
            one for said in steps[-self.shown :] for one in ({"role": "assistant", "content": said}, asking)
        )
