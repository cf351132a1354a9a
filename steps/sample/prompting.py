"""How a recipe may ask: examples, variants of the prompt, temperatures that take turns."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from winnow.steps.engine.protocol import PROMPT

_FROZEN = ConfigDict(extra="forbid", frozen=True, strict=True)
_MOST_EXAMPLES, _MOST_TURNS = 256, 64
_HOTTEST = 10.0


class Example(BaseModel):
    """A question that was answered before, as the model is shown it."""

    model_config = _FROZEN

    user: str
    """What was asked."""
    assistant: str
    """What was answered."""


class Variant(BaseModel):
    """Another way to put a problem: `prompt`, in which `{prompt}` stands for the user's last message, and a
    `system` prompt of its own, where it has one."""

    model_config = _FROZEN

    prompt: str = PROMPT
    system: str | None = None

    @field_validator("prompt")
    @classmethod
    def _has_the_prompt(cls, prompt: str) -> str:
        if PROMPT not in prompt:
            raise ValueError(
                f"a variant says where the problem's own words go: put {PROMPT} into it, "
                f"as in 'Think step by step. {PROMPT}'"
            )
        return prompt


def _examples(given: Any) -> Any:
    """Examples as they stand in the recipe, or those of the JSON lines that it names."""
    if not isinstance(given, str):
        return given
    path = Path(given).expanduser()
    try:
        with path.open(encoding="utf-8") as file:
            lines = [line for line in islice(file, _MOST_EXAMPLES + 1) if line.strip()]
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ValueError(f"{path} cannot be read ({why}): name JSON lines, or list the examples") from None
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(Example.model_validate(json.loads(line)).model_dump())
        except (ValueError, RecursionError):
            expected = '{"user": "...", "assistant": "..."}'
            raise ValueError(f"{path}, line {number}: expected {expected}") from None
    return found


def _variants(given: Any) -> Any:
    """A text alone is the variant's prompt."""
    if not isinstance(given, list):
        return given
    return [{"prompt": one} if isinstance(one, str) else one for one in given]


def _differ(variants: list[Variant]) -> list[Variant]:
    for at, one in enumerate(variants):
        if one in variants[:at]:
            raise ValueError(f"variant {at} says the same as variant {variants.index(one)}: leave one out")
    return variants


def _temperature(given: Any) -> Any:
    """A temperature, or several that take turns."""
    several = given if isinstance(given, list) else [given]
    are_numbers = all(isinstance(one, float | int) and not isinstance(one, bool) for one in several)
    if not several or not are_numbers or not all(0 <= one <= _HOTTEST for one in several):
        raise ValueError(f"expected a number from 0 to {_HOTTEST:g}, or a list of such numbers")
    if len(several) > _MOST_TURNS:
        raise ValueError(f"expected at most {_MOST_TURNS} temperatures")
    return given


FewShot = Annotated[list[Example], BeforeValidator(_examples), Field(max_length=_MOST_EXAMPLES)]
Variants = Annotated[
    list[Variant], BeforeValidator(_variants), AfterValidator(_differ), Field(max_length=_MOST_TURNS)
]
Temperature = Annotated[float | list[float], BeforeValidator(_temperature)]
