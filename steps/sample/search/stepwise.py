"""Searches that grow answers by reasoning steps, as the `sample` part of a recipe names them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from winnow.steps.records import Message
from winnow.steps.sample.search.base import Count, SearchConfig

if TYPE_CHECKING:
    from winnow.steps.sample.search.node import Search


class Stepwise(SearchConfig):
    """A reasoning step ends with `separator`, and a chain has at most `depth` of them."""

    depth: Count = 40
    separator: str = Field(default="\n\n", min_length=1, max_length=100)

    @property
    def stop(self) -> str:
        return self.separator

    def answer(self, steps: Sequence[str]) -> str:
        return "".join(steps)

    def further(self, steps: Sequence[str]) -> tuple[Message, ...]:
        return ({"role": "assistant", "content": "".join(steps)},) if steps else ()


class _Branching(Stepwise):
    """`n` chains at once, which branch `width` ways."""

    n: Count = 16
    width: Count = 4

    @model_validator(mode="after")
    def _divides(self) -> Self:
        if self.n % self.width:
            raise ValueError(f"`n` ({self.n}) is no multiple of `width` ({self.width})")
        return self


class BestOfConfig(Stepwise):
    """`n` answers of their own, which nobody prunes."""

    type: Literal["best_of"]
    n: Count = 16

    def search(self, seed: int) -> Search:
        from winnow.steps.sample.search.dvts import best_of

        return best_of(self.n, self.depth)


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


class GreedyConfig(Stepwise):
    """The best of `width` next steps, again and again."""

    type: Literal["greedy_steps"]
    width: Count = 8

    def search(self, seed: int) -> Search:
        from winnow.steps.sample.search.dvts import greedy_steps

        return greedy_steps(self.width, self.depth)


class ParticleConfig(Stepwise):
    """`n` particles, drawn anew at every step in proportion to the odds of their scores."""

    type: Literal["particle"]
    n: Count = 16

    def search(self, seed: int) -> Search:
        from winnow.steps.sample.search.particle import particle

        return particle(self.n, self.depth, seed)


AnyStepwise = Annotated[
    BestOfConfig | BeamConfig | LookaheadConfig | DvtsConfig | GreedyConfig | ParticleConfig,
    Field(discriminator="type"),
]
