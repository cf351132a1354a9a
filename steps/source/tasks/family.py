"""What a family of tasks is: a name, and a way to draw one task after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from random import Random
from typing import Any

from winnow.steps.records import Message

Check = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """One problem: what is asked, and the spec of the verifier that judges an answer to it."""

    prompt: tuple[Message, ...]
    check: Check


Draw = Callable[[Random], Task]
families: dict[str, Draw] = {}
_MODULES = ("sentences", "grammar", "layouts", "facts")


def family(draw: Draw) -> Draw:
    """Register a family under its function's name."""
    families[draw.__name__] = draw
    return draw


def asked(question: str, check: Check, shown: Sequence[tuple[str, str]] = ()) -> Task:
    """A task that asks `question`, after a conversation that shows questions of its kind with answers."""
    turns = [turn for pair in shown for turn in zip(("user", "assistant"), pair, strict=True)]
    prompt = [{"role": role, "content": content} for role, content in (*turns, ("user", question))]
    return Task(tuple(prompt), check)


def load_families() -> None:
    """Import the modules that hold the families; each registers its own."""
    for module in _MODULES:
        import_module(f"winnow.steps.source.tasks.{module}")
