"""`search`, in the `sample` part of a recipe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from winnow.steps.records import Message

if TYPE_CHECKING:
    from winnow.steps.sample.search.node import Search

_Count = Annotated[int, Field(ge=1, le=4096)]


class SearchConfig(BaseModel):
    """The base of every search: what it does is a generator, see `winnow.steps.sample.search.node`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

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


class _Stepwise(SearchConfig):
    """A reasoning step ends with `separator`, and a chain has at most `depth` of them."""

    depth: _Count = 40
    separator: str = Field(default="\n\n", min_length=1, max_length=100)

    @property
    def stop(self) -> str:
        return self.separator

    def answer(self, steps: Sequence[str]) -> str:
        return "".join(steps)

    def further(self, steps: Sequence[str]) -> tuple[Message, ...]:
        return ({"role": "assistant", "content": "".join(steps)},) if steps else ()


class _Branching(_Stepwise):
    """`n` chains at once, which branch `width` ways."""

    n: _Count = 16
    width: _Count = 4

    @model_validator(mode="after")
    def _divides(self) -> Self:
        if self.n % self.width:
            raise ValueError(f"`n` ({self.n}) is no multiple of `width` ({self.width})")
        return self


class BeamConfig(_Branching):
    """Of `n` beams the best `n / width` go on, `width` ways each."""

    type: Literal["beam"]

    def search(self, seed: int) -> Search:
        from winnow.steps.sample.search.beam import beam

        return beam(self.n, self.width, self.depth)


class LookaheadConfig(_Branching):
    """A beam search in which a beam's score is that of the text `ahead` greedy steps on."""

    type: Literal["lookahead"]
    ahead: int = Field(default=1, ge=1, le=40)

    def search(self, seed: int) -> Search:
        from winnow.steps.sample.search.beam import beam

        return beam(self.n, self.width, self.depth, self.ahead)


class DvtsConfig(_Branching):
    """`n / width` trees, each of which goes on with its best of `width`."""

    type: Literal["dvts"]

    def search(self, seed: int) -> Search:
        from winnow.steps.sample.search.dvts import dvts

        return dvts(self.n, self.width, self.depth)


class GreedyConfig(_Stepwise):
    """The best of `width` next steps, again and again."""

    type: Literal["greedy_steps"]
    width: _Count = 8

    def search(self, seed: int) -> Search:
        from winnow.steps.sample.search.dvts import greedy_steps

        return greedy_steps(self.width, self.depth)


class ParticleConfig(_Stepwise):
    """`n` particles, drawn anew at every step in proportion to the odds of their scores."""

    type: Literal["particle"]
    n: _Count = 16

    def search(self, seed: int) -> Search:
        from winnow.steps.sample.search.particle import particle

        return particle(self.n, self.depth, seed)


class ReviseConfig(SearchConfig):
    """`n / length` chains of `length` attempts. Before each but the first the model sees up to `shown` of
    the last ones, each followed by `instruction` as the user's words."""

    type: Literal["revise"]
    n: _Count = 16
    length: _Count = 4
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


AnySearch = Annotated[
    BeamConfig | LookaheadConfig | DvtsConfig | GreedyConfig | ParticleConfig | ReviseConfig,
    Field(discriminator="type"),
]
