"""What the scripted server says: a function of the messages and a seed."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Mapping
from typing import Any

_SUM = re.compile(r"What is (-?\d+) \+ (-?\d+)\?")
_WORDS = ("the", "river", "stone", "seven", "green", "quiet", "walks", "under", "house", "maybe", "reads")


def fraction(*parts: object) -> float:
    spelled = json.dumps(parts, default=str).encode()
    return int.from_bytes(hashlib.blake2b(spelled, digest_size=8).digest()) / 2**64


def answer(messages: list[Any], seed: int, pass_rate: float) -> str:
    """What the server says to these messages under this seed."""
    asked = str(messages[-1].get("content", "")) if messages else ""
    draw = random.Random(f"{json.dumps(messages)}|{seed}")
    words = " ".join(draw.choices(_WORDS, k=draw.randint(2, 9)))
    found = _SUM.search(asked)
    if not found:
        return f"{words} {draw.randint(0, 999)}"
    right = int(found[1]) + int(found[2])
    said = right if fraction(messages, seed, "pass") < pass_rate else right + draw.randint(1, 9)
    return f"{words}: {said}"


def chain(messages: list[Any], seed: int, pass_rate: float) -> str:
    """An answer to "What is A + B?" in six reasoning steps, of which the first bad one is marked.

    Of an answer that was begun, the rest: where a bad step is in it, the end is wrong, too.
    """
    begun = str(messages[-1]["content"]) if messages[-1]["role"] == "assistant" else ""
    asked = next(str(one["content"]) for one in reversed(messages) if one["role"] == "user")
    found, draw = _SUM.search(asked), random.Random(f"{json.dumps(messages)}|{seed}")
    right = int(found[1]) + int(found[2]) if found else 0
    have = begun.count("\n\n")
    wrong = "bad" in begun
    error = 6 if wrong or draw.random() < pass_rate else draw.randint(have, 5)
    said = [f"{'bad' if at == error else 'step'} {at} {draw.randint(0, 2)}" for at in range(have, 6)]
    said[-1] += f": {right + (wrong or error < 6)}"
    return "\n\n".join(said)


def step(messages: list[Any], seed: int, pass_rate: float) -> tuple[str, str | None]:
    """One more step of an answer, and the stop string that ended it, if that did. Two draws of a few are the
    same."""
    begun = str(messages[-1]["content"]) if messages[-1]["role"] == "assistant" else ""
    draw = random.Random(f"{json.dumps(messages)}|{seed}")
    if begun.count("\n\n") > 1 and draw.random() < 0.5:
        asked = [one for one in messages if one["role"] == "user"]
        return answer(asked, seed, pass_rate), None
    return " ".join(draw.choices(_WORDS[:4], k=2)), "\n\n"


def shown(messages: list[Any], flags: Mapping[str, Any], goes_on: str) -> tuple[list[Any], int]:
    """The messages that are answered, of which the last may be gone on with, and the prompt's tokens.

    A template opens a message with four, closes it with one, and opens the answer where no last message is
    gone on with: where `flags` say so (`goes_on` is `asked`), always, or never.
    """
    begun = messages[-1]["role"] == "assistant"
    further = begun and (
        goes_on == "always" or (goes_on == "asked" and bool(flags.get("continue_final_message")))
    )
    words = sum(len(re.findall(r"\w+|[^\w\s]|\n+", str(one["content"]))) for one in messages)
    tokens = words + 5 * len(messages) + (-1 if further else 4)
    return messages if further or not begun else [*messages, {"role": "assistant", "content": ""}], tokens
