"""The two ways in which the OpenAI protocol asks: chat messages, or a plain text that is continued."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from winnow.steps.records import Message

Api = Literal["chat", "completions"]


def path_of(api: Api) -> str:
    """Where a request goes, below the base URL."""
    return "chat/completions" if api == "chat" else "completions"


def asking(api: Api, messages: Sequence[Message]) -> dict[str, Any]:
    """The part of a request that asks."""
    return {"messages": list(messages)} if api == "chat" else {"prompt": plain_text(messages)}


def with_logprobs(api: Api) -> dict[str, Any]:
    """The part of a request that asks for log-probabilities: beside each token's own that of one more, since
    llama.cpp gives twenty where nobody says how many, and none where it is told 0."""
    return {"logprobs": True, "top_logprobs": 1} if api == "chat" else {"logprobs": 1}


def plain_text(messages: Sequence[Message]) -> str:
    r"""Messages as a model reads them that knows no chat: their contents, and nothing else.

    An answer stands on the line below its question; between exchanges, and below the system prompt, a line
    is left empty. What a text needs beside that, such as `Answer:`, stands in the messages themselves.

    >>> said = [("system", "Add."), ("user", "Q: 1 + 1?"), ("assistant", "A: 2"), ("user", "Q: 2 + 3?")]
    >>> plain_text([{"role": role, "content": content} for role, content in said])
    'Add.\n\nQ: 1 + 1?\nA: 2\n\nQ: 2 + 3?'
    """
    text = ""
    for message in messages:
        between = "\n" if message["role"] == "assistant" else "\n\n"
        text += (between if text else "") + message["content"]
    return text
