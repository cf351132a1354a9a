"""A completion as it comes over the wire, of a chat or of a plain text: read without trust, or refused."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from winnow.steps.engine.failures import Passing
from winnow.steps.engine.words import complaint, plain
from winnow.steps.records import clean_text

_MOST_CHOICES = 100_000
_FAR = 1e12  # no logarithm is as large


@dataclass(frozen=True, slots=True)
class Said:
    """One choice of a reply. `tokens` and `logprob` are known only where log-probabilities came along;
    `stopped` (by a stop string) where the server tells."""

    text: str
    finish_reason: str = "stop"
    reasoning: str | None = None
    tokens: int | None = None
    logprob: float | None = None
    stopped: bool | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The choices in order, and the server's own counts where it gives them."""

    said: tuple[Said, ...]
    completion_tokens: int | None = None
    prompt_tokens: int | None = None


def read(body: bytes) -> Reply:
    """The completion in a body of status 200.

    Raises:
        Passing: it holds none.

    >>> read(b'{"choices": [{"message": {"content": null}, "finish_reason": "length"}]}').said
    (Said(text='', finish_reason='length', reasoning=None, tokens=None, logprob=None, stopped=None),)
    """
    return reply_of(loads(body), body)


def reply_of(value: Any, body: bytes) -> Reply:
    """The chat completion in a JSON value; `body` is the bytes that it came in.

    Raises:
        Passing: it holds none.
    """
    choices = value.get("choices") if isinstance(value, dict) else None
    if not isinstance(choices, list) or not 0 < len(choices) <= _MOST_CHOICES:
        raise Passing(f"the reply is no completion: {complaint(body)}")
    said = [_said(choice) for choice in _in_order(choices)]
    if (stopped := _verbose(value.get("__verbose"))) is not None:
        said[0] = replace(said[0], stopped=stopped)
    read, written = used(value)
    return Reply(tuple(said), written, read)


def used(value: Any) -> tuple[int | None, int | None]:
    """What the JSON of a reply says of the tokens that were read and written."""
    usage = value.get("usage") if isinstance(value, dict) else None
    usage = usage if isinstance(usage, dict) else {}
    return _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))


def loads(body: bytes) -> Any:
    """JSON, with what UTF-8 cannot hold replaced rather than refused.

    Raises:
        Passing: it is no JSON.
    """
    try:
        return orjson.loads(body)
    except ValueError:
        pass
    try:  # the standard library takes half a surrogate pair, which orjson does not
        return json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise Passing(f"the reply is no JSON: {complaint(body)}") from None


def _in_order(choices: list[Any]) -> list[Any]:
    """By their own `index`, where these are plain and different; else as they came."""
    indices = [choice.get("index") if isinstance(choice, dict) else None for choice in choices]
    if len(set(map(str, indices))) < len(choices) or not all(type(index) is int for index in indices):
        return choices
    return [choices[at] for at in sorted(range(len(choices)), key=lambda at: int(indices[at] or 0))]


def _said(choice: Any) -> Said:
    message, text = (choice.get("message"), choice.get("text")) if isinstance(choice, dict) else (None, None)
    if isinstance(text, str) and message is None:
        message = {"content": text}  # a plain text that was continued
    if not isinstance(message, dict):
        raise Passing("a choice of the reply has neither message nor text")
    content = message.get("content")
    if content is not None and not isinstance(content, str):
        raise Passing(f"the content of a choice is {type(content).__name__}, not text")
    thoughts = message.get("reasoning_content") or message.get("reasoning")
    reason = choice.get("finish_reason")
    tokens, logprob = _logprob(choice.get("logprobs"))
    return Said(
        text=clean_text(content or ""),
        finish_reason=plain(reason, 40) if isinstance(reason, str) and reason else "stop",
        reasoning=clean_text(thoughts) if isinstance(thoughts, str) else None,
        tokens=tokens,
        logprob=logprob,
        stopped=_stopped(choice),
    )


def _stopped(choice: Mapping[str, Any]) -> bool | None:
    """Whether a stop string ended a choice: vLLM (`stop_reason`) and SGLang (`matched_stop`) name it there,
    and have a number or null where a token did."""
    for key in ("stop_reason", "matched_stop"):
        if key in choice:
            return isinstance(choice[key], str)
    return None


def _verbose(told: Any) -> bool | None:
    """The same of a reply's first choice, where llama.cpp was asked to be `verbose`."""
    kind = told.get("stop_type") if isinstance(told, dict) else None
    return kind == "word" if isinstance(kind, str) else None


def _logprob(logprobs: Any) -> tuple[int | None, float | None]:
    """How many tokens have a log-probability, and their sum.

    A chat has a list of objects under `content` (llama.cpp everywhere), a plain text mostly one of numbers
    under `token_logprobs`.
    """
    told = logprobs if isinstance(logprobs, Mapping) else {}
    tokens = told.get("content") or told.get("token_logprobs")
    if not isinstance(tokens, list) or not tokens:
        return None, None
    values: list[Any] = [one.get("logprob") if isinstance(one, dict) else one for one in tokens]
    known = [float(one) for one in values if type(one) in (int, float) and -_FAR < one < _FAR]
    return len(tokens), math.fsum(known) if len(known) == len(values) else None


def _count(value: Any) -> int | None:
    """A count is a whole number from 0 on; anything else says nothing."""
    return value if type(value) is int and 0 <= value < 2**53 else None
