"""Chat messages out of a row: a list of objects with a role and a content, or the JSON text of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from winnow.steps.records import Message, messages_of
from winnow.steps.source.values import RowError, json_value, kind, listed, shown

roles = ("system", "developer", "user", "assistant")


def prompt_of(value: Any) -> tuple[Message, ...]:
    """A prompt: a string is one user message, unless it is the JSON text of a list of messages.

    >>> prompt_of("hello")
    ({'role': 'user', 'content': 'hello'},)
    >>> prompt_of('[{"role": "user", "content": "hello"}]')
    ({'role': 'user', 'content': 'hello'},)

    Raises:
        RowError: it is empty, or messages of a wrong shape.
    """
    value = json_value(value)
    if isinstance(value, str):
        if not value.strip():
            raise RowError("the prompt is empty")
        told = _spelled(value)
        return messages_of(value) if told is None else conversation(told)
    if isinstance(value, list):
        return conversation(value)
    found = "null" if value is None else f"{kind(value)}: {shown(value)}"
    raise RowError(f"expected the prompt as a string or a list of messages, found {found}")


def conversation(value: Any) -> tuple[Message, ...]:
    """Messages that a model can answer: known roles, text contents, the user's at the end.

    Raises:
        RowError: they have another shape.
    """
    value = json_value(value)
    if isinstance(value, str):
        value = _spelled(value)
    if not isinstance(value, list):
        raise RowError(f"expected a list of messages, each with role and content, found {kind(value)}")
    if not value:
        raise RowError("the list of messages is empty")
    messages = tuple(_message(at, message) for at, message in enumerate(value, 1))
    if messages[-1]["role"] != "user":
        role = messages[-1]["role"]
        raise RowError(f"expected the last message to be the user's, found the {role}'s: leave an answer out")
    if not messages[-1]["content"].strip():
        raise RowError("the prompt is empty: the last message has no content")
    return messages


def _message(at: int, message: Any) -> Message:
    if not isinstance(message, Mapping):
        raise RowError(f"message {at}: expected an object with role and content, found {kind(message)}")
    given = {key: value for key, value in message.items() if value is not None}
    for key in ("role", "content"):
        if not isinstance(given.get(key), str):
            found = kind(message[key]) if key in message else f"the keys {listed(message)}"
            raise RowError(f"message {at}: expected {key!r} to be a string, found {found}")
    if given["role"] not in roles:
        raise RowError(f"message {at}: expected a role of {', '.join(roles)}, found {shown(given['role'])!r}")
    if spare := given.keys() - {"role", "content"}:
        raise RowError(f"message {at}: expected role and content only, found also {listed(sorted(spare))}")
    return {"role": given["role"], "content": given["content"]}


def _spelled(text: str) -> list[Any] | None:
    """The list of messages that `text` is the JSON of; None where it is any other text."""
    if not text.lstrip().startswith("["):
        return None
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    told = isinstance(value, list) and value and all(isinstance(one, dict) and "role" in one for one in value)
    return value if told else None
