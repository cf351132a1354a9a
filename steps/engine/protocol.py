"""What the sampler asks of an engine, and how an engine may fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from winnow.steps.engine.counters import Counters
from winnow.steps.errors import MissingError
from winnow.steps.records import Choice, Message, Problem, canonical, key_of


class Prices(BaseModel):
    """Of a million tokens, in any currency: of prompts (`input`) and of completions (`output`)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    input: float = Field(default=0.0, ge=0.0)
    output: float = Field(default=0.0, ge=0.0)

    def paid(self, choice: Choice) -> Choice:
        """The choice with what it cost; its request's prompt is counted with the first one.

        >>> Prices(input=1.0, output=4.0).paid(Choice("", tokens=100, prompt_tokens=50)).cost
        0.00045
        """
        cost = (self.input * choice.prompt_tokens + self.output * choice.tokens) / 1e6
        return replace(choice, cost=cost)


class EngineConfig(BaseModel):
    """The base of every engine's part of a recipe: frozen, and strict about its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    prices: Prices | None = None


@dataclass(frozen=True, slots=True)
class Parameters:
    """How to sample: what, beside the problem and the engine, makes a completion what it is.

    `extra` goes into the request as it is (`top_k`, `min_p`, `chat_template_kwargs`, ...).
    """

    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int = 1024
    stop: tuple[str, ...] = ()
    seed: int = 0
    system: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, Any]:
        """What the ledger keeps: every parameter that was set, by the protocol's own names."""
        given = {
            "temperature": self.temperature,
            "top_p": self.top_p,
            "max_tokens": self.max_tokens,
            "stop": list(self.stop) or None,
            "seed": self.seed,
            "system": self.system,
            **self.extra,
        }
        return {key: value for key, value in given.items() if value is not None}

    @property
    def fingerprint(self) -> str:
        return key_of("parameters", canonical(self.told))

    def messages(self, problem: Problem) -> list[Message]:
        """The messages that are sent: the system prompt, where there is one, and the problem's own."""
        system: list[Message] = [{"role": "system", "content": self.system}] if self.system else []
        return [*system, *problem.prompt]

    def seed_of(self, problem: Problem, index: int) -> int:
        """The seed of a request whose first completion has this index: 31 bits, the same on every run."""
        return int(key_of(self.seed, problem.id, index)[:8], 16) & 0x7FFFFFFF


class EngineUnreachable(MissingError):
    """Nothing answers there, or nobody may ask: the run cannot go on. Says what to check."""


class RequestFailed(Exception):
    """One request failed for good, after every retry: its completions stay owed, and the run goes on.

    `choices` are its first completions, where some came before it failed; `passing` tells that the request
    is not to blame: asked elsewhere, it may be answered.
    """

    choices: Sequence[Choice] = ()
    passing = False


class Engine(Protocol):
    """Answers prompts. `start` before the first `sample`, `close` after the last, whatever happened.

    `identity` names what decides a completion (the model, its revision and quantisation, never where it
    runs); two engines of the same identity may continue each other's groups. `capacity` is how many
    completions may be in flight at once, which may change; `most` how many one call of `sample` may ask for.
    """

    model: str

    @property
    def counters(self) -> Counters: ...

    @property
    def capacity(self) -> int: ...

    @property
    def most(self) -> int: ...

    @property
    def identity(self) -> str: ...

    async def start(self) -> None:
        """Be ready to answer.

        Raises:
            EngineUnreachable: it cannot be.
        """
        ...

    async def sample(self, problem: Problem, parameters: Parameters, start: int, n: int) -> Sequence[Choice]:
        """Completions number `start` to `start + n` of the problem, in order.

        Fewer than `n` means that there are no more to be had (a replay that ran out).

        Raises:
            RequestFailed: this request will not be answered.
            EngineUnreachable: no request will be.
        """
        ...

    async def close(self) -> None: ...
