"""What a family of tasks is: a name, and a way to draw one task after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from random import Random
from typing import Any

from winnow.steps.records import Message

Check = dict[str, Any] | str


@dataclass(frozen=True, slots=True)
class Task:
    """One problem: what is asked, the spec of the verifier that judges an answer to it, and what that reads
    from the reference."""

    prompt: tuple[Message, ...]
    check: Check
    reference: dict[str, Any] = field(default_factory=dict)


Draw = Callable[[Random], Task]
families: dict[str, Draw] = {}
_MODULES = ("sentences", "grammar", "layouts", "facts", "functions")
SANDBOXED = frozenset({"function"})
"""Families whose answers are run: they are drawn where they are named."""


def family(draw: Draw) -> Draw:
    """Register a family under its function's name."""
    families[draw.__name__] = draw
    return draw


def asked(
    question: str,
    check: Check,
    shown: Sequence[tuple[str, str]] = (),
    reference: dict[str, Any] | None = None,
) -> Task:
    """A task that asks `question`, after a conversation that shows questions of its kind with answers."""
    turns = [turn for pair in shown for turn in zip(("user", "assistant"), pair, strict=True)]
    prompt = [{"role": role, "content": content} for role, content in (*turns, ("user", question))]
    return Task(tuple(prompt), check, reference or {})


def load_families() -> None:
    """Import the modules that hold the families; each registers its own."""
    for module in _MODULES:
        import_module(f"winnow.steps.source.tasks.{module}")
