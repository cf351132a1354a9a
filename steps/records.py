"""The records that flow: problems, candidates, groups, and the keys that identify them.

Keys are content hashes (32 hex digits of BLAKE2b): the same content has the same key in every process,
on every machine, in every run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import orjson

from winnow.steps.scoring import Comparison, Reward
from winnow.verifiers.verdict import Status, Verdict

Message = Mapping[str, str]
JSON = Mapping[str, Any]

_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spare blanks: equal values give equal text.

    >>> canonical({"b": 1, "a": "é"})
    '{"a":"é","b":1}'
    """
    try:
        return orjson.dumps(value, default=str, option=_CANONICAL).decode()
    except TypeError:  # integers over 64 bits, lone surrogates, keys that are no strings, deep nesting
        return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def key_of(*parts: object) -> str:
    """The key of what `parts` spell, told apart by a zero byte.

    >>> key_of("a", 1) == key_of("a", "1"), key_of("ab", "c") == key_of("a", "bc")
    (True, False)
    """
    spelled = "\0".join(map(str, parts))
    return hashlib.blake2b(spelled.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def clean_text(text: str) -> str:
    r"""`text` as UTF-8 can hold it: a pair of surrogates becomes its character, a lone one U+FFFD.

    >>> clean_text("half \ud83d of it"), clean_text("\ud83d\ude00") == "\N{GRINNING FACE}"
    ('half � of it', True)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


@dataclass(frozen=True, slots=True)
class Problem:
    """One row of the source. `prompt` is chat messages, `reference` what a verifier needs."""

    source_id: str
    prompt: tuple[Message, ...]
    reference: JSON = field(default_factory=dict)
    metadata: JSON = field(default_factory=dict)
    id: str = ""

    def __post_init__(self) -> None:
        if not self.id:
            found = key_of(canonical(list(self.prompt)), canonical(self.reference))
            object.__setattr__(self, "id", found)


@dataclass(frozen=True, slots=True)
class Choice:
    """One completion as an engine gives it, before it has a place in a group.

    `tokens` counts the completion's own tokens; `logprob` is their sum, where the engine tells; `cost` is
    what it cost with its prompt, where prices are known, `server` who answered, where there are several.
    `stopped` tells whether a stop string ended it, where the server does.
    """

    text: str
    finish_reason: str = "stop"
    tokens: int = 0
    prompt_tokens: int = 0
    logprob: float | None = None
    reasoning: str | None = None
    seed: int | None = None
    latency: float = 0.0
    cost: float | None = None
    server: str | None = None
    stopped: bool | None = None


CUT_OFF = ("length", "model_length", "content_filter", "abort", "error", "insufficient_system_resource")
"""Why a completion ended (`finish_reason`) that was not finished: by a limit, a filter, or trouble there."""


BEGUN = "begun"
"""The `finish_reason` of a text that somebody wants a reward for, and that may go on: a search's."""


NO_REWARDS: Mapping[str, Reward] = MappingProxyType({})


@dataclass(slots=True)
class Candidate:
    """A completion inside its group. `digest` tells duplicates: equal but for white space at the ends.

    `rewards` are by the fingerprint of their scorer.
    """

    id: str
    index: int
    choice: Choice
    verdict: Verdict | None = None
    digest: str = ""
    forgotten: bool = False
    rewards: Mapping[str, Reward] = field(default_factory=lambda: NO_REWARDS)

    def __post_init__(self) -> None:
        self.digest = self.digest or key_of(self.choice.text.strip())

    @property
    def text(self) -> str:
        return self.choice.text

    @property
    def truncated(self) -> bool:
        """Cut off, by the token limit or otherwise: kept, marked, and never chosen."""
        return self.choice.finish_reason in CUT_OFF

    def forget(self) -> None:
        """Let go of the text: the ledger has it."""
        self.choice, self.forgotten = replace(self.choice, text="", reasoning=None), True


BLANK = Candidate("", 0, Choice("")).digest
"""The digest of a completion that says nothing."""


GREEDY = -1
"""The draw of a search's step that was the likeliest one."""


@dataclass(frozen=True, slots=True)
class Grown:
    """One further step of a search, as it was answered; `choice.text` is the step itself."""

    parent: tuple[str, ...]
    draw: int
    choice: Choice
    ended: bool

    @property
    def steps(self) -> tuple[str, ...]:
        return (*self.parent, self.choice.text)


@dataclass(slots=True)
class Tree:
    """What is known of a problem's search: its steps by the place of their parent and their draw, by their
    own place what was answered first, and each place's rewards by the fingerprint of their scorer."""

    grown: dict[tuple[str, int], Grown] = field(default_factory=dict)
    at: dict[str, Grown] = field(default_factory=dict)
    rewards: dict[str, dict[str, Reward]] = field(default_factory=dict)

    def add(self, problem: str, one: Grown) -> None:
        self.grown[place_of(problem, one.parent), one.draw] = one
        self.at.setdefault(place_of(problem, one.steps), one)


def place_of(problem: str, steps: Sequence[str]) -> str:
    """The place of a text in a problem's tree: the hash of its steps, so what is said the same is in one
    place, however it was drawn."""
    return key_of("place", problem, *steps)


@dataclass(slots=True)
class Rollout:
    """A completion that goes on from a prefix of a candidate; no status where it is not judged."""

    choice: Choice
    status: Status | None = None


@dataclass(slots=True)
class Group:
    """A problem with all its candidates, by index: the unit that flows.

    `done` is how many candidates its rounds have asked for, and `goal` how many with the one under way;
    `complete` tells that nothing more is owed, `columns` is what foreign steps added. `rollouts` are by the
    key of their prefix and their index, `comparisons` by their judge and the digests of the two texts;
    `tree` is what was known of its search when it came.
    """

    problem: Problem
    candidates: list[Candidate] = field(default_factory=list)
    done: int = 0
    goal: int = 0
    complete: bool = True
    columns: dict[str, Any] = field(default_factory=dict)
    rollouts: dict[str, dict[int, Rollout]] = field(default_factory=dict)
    comparisons: dict[str, dict[tuple[str, str], Comparison]] = field(default_factory=dict)
    tree: Tree | None = None


@dataclass(slots=True)
class Spent:
    """What was spent: tokens, prompts included; money, in the currency of the prices; seconds of sampling and
    judging. What judges took of tokens and money is told once more."""

    tokens: int = 0
    money: float = 0.0
    seconds: float = 0.0
    judge_tokens: int = 0
    judge_money: float = 0.0


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row of the source that is no problem: where it stands and what is wrong with it."""

    where: str
    why: str


def messages_of(prompt: str | Sequence[Message]) -> tuple[Message, ...]:
    """A prompt as chat messages: a string is one user message."""
    return ({"role": "user", "content": prompt},) if isinstance(prompt, str) else tuple(prompt)
