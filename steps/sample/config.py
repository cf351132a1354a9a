"""The `sample` part of a recipe."""

from __future__ import annotations

from itertools import product
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from winnow.steps.engine import AnyEngine
from winnow.steps.engine.protocol import Parameters
from winnow.steps.sample.prompting import FewShot, Temperature, Variant, Variants
from winnow.steps.sample.search.base import SearchConfig
from winnow.steps.sample.search.config import AnySearch
from winnow.steps.sample.until import MOST_AGREEING, Until

_FROZEN = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Target(BaseModel):
    """When the whole run has enough: so many candidates that `until` asks for, over all problems."""

    model_config = _FROZEN

    rows: int = Field(gt=0)
    """Candidates that `until` asks for, over all problems."""


class Budget(BaseModel):
    """What a run may spend in all, over every time it is resumed: tokens (prompts included), money (in the
    currency of the engine's prices), seconds of sampling. The first that is spent ends the run."""

    model_config = _FROZEN

    tokens: int | None = Field(default=None, gt=0)
    """Of prompts and completions."""
    money: float | None = Field(default=None, gt=0)
    """In the currency of the engine's `prices`."""
    seconds: float | None = Field(default=None, gt=0)
    """Of sampling."""

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.tokens is None and self.money is None and self.seconds is None:
            raise ValueError("give `tokens`, `money` or `seconds`")
        return self


class SampleConfig(BaseModel):
    """Who is asked, how, and how often: exactly `n` times, `until` at most `max_n` times, or step by step, as
    `search` says.

    With a `budget` or a `target` beside `until`, whoever promises most for a token is asked first.
    """

    model_config = _FROZEN

    engine: AnyEngine
    """Who answers."""
    temperature: Temperature = 0.8
    """How far sampling strays from the likeliest token; a list takes turns."""
    top_p: float = Field(default=1.0, gt=0.0, le=1.0)
    """Nucleus sampling: the likeliest tokens that have so much of the probability."""
    max_tokens: int = Field(default=1024, gt=0)
    """A completion that is longer is cut off: neither right nor wrong, and never a row."""
    stop: list[str] = Field(default_factory=list)
    """Texts at which a completion ends."""
    seed: int = Field(default=0, ge=0)
    """Another seed gives other completions."""
    system: str | None = None
    """The system prompt, before the problem's own."""
    few_shot: FewShot = Field(default_factory=list)
    """Examples shown before the problem, or the file of JSON lines that has them."""
    variants: Variants = Field(default_factory=list)
    """Several ways to put a problem, which take turns; `{prompt}` stands for it."""
    extra: dict[str, Any] = Field(default_factory=dict)
    """Goes into every request as it is: `top_k`, `min_p`, `chat_template_kwargs`, ..."""
    n: int | None = Field(default=None, gt=0, le=1_000_000)
    """Each problem is asked exactly so often."""
    until: Until | None = None
    """Instead of `n`: each problem is asked until that is there."""
    search: AnySearch | None = None
    """Instead of `n`: answers are searched for, step by step."""
    max_n: int | None = Field(default=None, gt=0, le=1_000_000)
    """With `until`: at most so often."""
    budget: Budget | None = None
    """What all runs together may spend."""
    target: Target | None = None
    """Enough, when there is so much; who promises most for a token is asked first."""

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        if [self.n, self.until, self.search].count(None) != 2:
            raise ValueError("give one of `n`, `until` and `search`: how often each problem is asked")
        if self.search is not None:
            self._can_search(self.search)
        if self.n is not None and self.max_n is not None:
            raise ValueError("`max_n` belongs to `until`; with `n` it says nothing")
        if self.until is not None:
            self._until_ends(self.until, self.max_n)
        if self.target is not None and self.until is None:
            raise ValueError("`target` needs `until`, which says what counts as a row")
        if self.target is not None and self.until is not None and self.until.agree is not None:
            raise ValueError(
                "`target` counts rows by `until: {pass, fail}`, and answers that agree are none: "
                "limit the run by a `budget`, or leave `target` out"
            )
        return self

    def _can_search(self, search: SearchConfig) -> None:
        if self.max_n is not None:
            raise ValueError("`max_n` belongs to `until`; how large a search is stands in `search`")
        if len(self.ways) > 1:
            raise ValueError("a search asks in one way: give one `temperature`, and one variant at most")
        if self.engine.type in ("batch", "replay") or getattr(self.engine, "api", "") != "chat":
            raise ValueError("a search goes on with half an answer: give it an engine that is a chat server")
        if search.stop and self.stop:
            raise ValueError("with `search`, `stop` is its `separator`: leave `stop` out")

    @staticmethod
    def _until_ends(until: Until, max_n: int | None) -> None:
        if max_n is None:
            raise ValueError("`until` needs `max_n`: how often a problem is asked at most")
        if max_n < until.least:
            what = "the sum of pass and fail" if until.agree is None else f"at least {until.least}"
            raise ValueError(f"`max_n` is less than `until` asks for: raise it to {what}")
        if until.agree is not None and max_n > MOST_AGREEING:
            raise ValueError(f"with `until: {{agree}}` `max_n` is at most {MOST_AGREEING}; 40 is usual")

    @property
    def allocates(self) -> bool:
        """Whether it matters who is asked first: the run may end before everybody has been."""
        counts = self.until is not None and self.until.agree is None
        return counts and (self.budget is not None or self.target is not None)

    @property
    def ways(self) -> tuple[Parameters, ...]:
        """How completions are asked for, by turns: number i of a problem in way i, modulo their number.

        Each variant meets each temperature; the next completion has the next variant.
        """
        heat = self.temperature if isinstance(self.temperature, list) else [self.temperature]
        ways = list(product(heat, self.variants or [Variant()]))
        shown = [(("user", one.user), ("assistant", one.assistant)) for one in self.few_shot]
        return tuple(
            Parameters(
                temperature=float(temperature),
                top_p=self.top_p,
                max_tokens=self.max_tokens,
                stop=tuple(self.stop),
                seed=self.seed,
                system=variant.system if variant.system is not None else self.system,
                few_shot=tuple({"role": role, "content": said} for pair in shown for role, said in pair),
                prompt=variant.prompt,
                extra=self.extra,
                way=way,
                ways=len(ways),
            )
            for way, (temperature, variant) in enumerate(ways)
        )
