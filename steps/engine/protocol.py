"""What the sampler asks of an engine, and how an engine may fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

from winnow.steps.engine.counters import Counters
from winnow.steps.engine.dialect import Api
from winnow.steps.errors import MissingError
from winnow.steps.records import Choice, Message, Problem, canonical, key_of

PROMPT = "{prompt}"
"""Stands for a problem's own words."""


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
    """Of a million tokens: then the ledger has costs, and a budget of money is one."""


class ServerConfig(EngineConfig):
    """The base of those that ask a server.

    `api` is `chat`, or `completions` for models that know no chat: the messages become plain text (see
    `dialect`). With `logprobs` the server is asked for the log-probability of each token, of which the ledger
    keeps the sum; one that gives none is refused.
    """

    api: Api = "chat"
    logprobs: bool = False

    @property
    def spoken(self) -> dict[str, str]:
        """What of an engine's identity `api` is: nothing, where it is a chat."""
        return {} if self.api == "chat" else {"api": self.api}


@dataclass(frozen=True, slots=True)
class Parameters:
    """How to sample: what, beside the problem and the engine, makes a completion what it is.

    `few_shot` is messages that stand between the system prompt and the problem's own; `prompt` is what
    becomes of the user's last message, whose content takes the place of `{prompt}`. `extra` goes into the
    request as it is (`top_k`, `min_p`, `chat_template_kwargs`, ...).

    A problem that is asked in several `ways`, by turns, has parameters for each: these are for the
    completions `way`, `way + ways`, `way + 2 * ways`, ... of a group, which an engine counts from 0 on.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int = 1024
    stop: tuple[str, ...] = ()
    seed: int = 0
    system: str | None = None
    few_shot: tuple[Message, ...] = ()
    prompt: str = PROMPT
    extra: dict[str, Any] = field(default_factory=dict)
    way: int = 0
    ways: int = 1

    @property
    def told(self) -> dict[str, Any]:
        """What the ledger keeps: every parameter that was set, by the protocol's own names. Of examples,
        which may be long, it is their number and their hash."""
        examples = {"messages": len(self.few_shot), "hash": key_of(canonical(list(self.few_shot)))}
        given = {
            "temperature": self.temperature,
            "top_p": self.top_p,
            "max_tokens": self.max_tokens,
            "stop": list(self.stop) or None,
            "seed": self.seed,
            "system": self.system,
            "few_shot": examples if self.few_shot else None,
            "prompt": self.prompt if self.prompt != PROMPT else None,
            **self.extra,
        }
        return {key: value for key, value in given.items() if value is not None}

    @property
    def fingerprint(self) -> str:
        """What tells these from all others, also from those of another way of the same run."""
        turn = {} if self.ways == 1 else {"way": self.way, "ways": self.ways}
        return key_of("parameters", canonical({**self.told, **turn}))

    def messages(self, problem: Problem) -> list[Message]:
        """The messages that are sent: the system prompt, where there is one, with the problem's own behind
        it, then the examples, then the rest of the problem's."""
        own = problem.prompt
        leading = next((at for at, one in enumerate(own) if one["role"] != "system"), len(own))
        system: list[Message] = [{"role": "system", "content": self.system}] if self.system else []
        return [*system, *own[:leading], *self.few_shot, *self.worded(own[leading:])]

    def worded(self, messages: Sequence[Message]) -> list[Message]:
        """The messages, of which the user's last one is put into the words of `prompt`."""
        last = max((at for at, one in enumerate(messages) if one["role"] == "user"), default=-1)
        return [
            {**one, "content": self.prompt.replace(PROMPT, one["content"])} if at == last else one
            for at, one in enumerate(messages)
        ]

    def place(self, number: int) -> int:
        """Which completion of the group the one is that an engine counts as `number`.

        >>> Parameters(way=1, ways=3).place(2)
        7
        """
        return self.way + self.ways * number

    def seed_of(self, problem: Problem, number: int) -> int:
        """The seed of a request whose first completion has this number: 31 bits, the same on every run."""
        return int(key_of(self.seed, problem.id, self.place(number))[:8], 16) & 0x7FFFFFFF


def fingerprint_of(ways: Sequence[Parameters]) -> str:
    """What tells one way of sampling, or several by turns, from any other."""
    each = [one.fingerprint for one in ways]
    return key_of("parameters", *each) if len(each) > 1 else each[0]


class EngineUnreachable(MissingError):
    """Nothing answers there, or nobody may ask: the run cannot go on. Says what to check."""


class RequestFailed(Exception):
    """One request failed for good, after every retry: its completions stay owed, and the run goes on.

    `choices` are its first completions, where some came before it failed; `passing` tells that the request
    is not to blame: asked elsewhere, it may be answered; `too_long` that it is more than the model can read.
    """

    choices: Sequence[Choice] = ()
    passing = False
    too_long = False


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
        """Completions number `start` to `start + n` of the problem, in order, as `parameters` count them.

        Fewer than `n` means that there are no more to be had (a replay that ran out).

        Raises:
            RequestFailed: this request will not be answered.
            EngineUnreachable: no request will be.
        """
        ...

    async def close(self) -> None: ...
