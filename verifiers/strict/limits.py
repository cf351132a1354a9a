"""What every count has in common: a lowest and a highest number, and how a miss is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from winnow.verifiers.registry import Check, MissingReference, SpecError
from winnow.verifiers.verdict import Verdict

EMPTY = "empty completion"


def counted(count: Callable[[str], int], noun: str, least: int | None, most: int | None) -> Check:
    """A check that `count` of the completion lies between `least` and `most`, both included.

    An empty completion fails, unless `least` is 0 in so many words.

    >>> judge = counted(lambda text: len(text.split()), "word", None, 2)
    >>> judge({}, "one two three").reason
    '3 words, expected at most 2'
    """
    if least is None and most is None:
        raise MissingReference("neither the recipe nor the reference gives 'min' or 'max'")
    for name, value in (("min", least), ("max", most)):
        if value is not None and value < 0:
            raise SpecError(f"{name} is {value}, expected 0 or more", (name,))
    if least is not None and most is not None and least > most:
        raise SpecError(f"min is {least}, which is more than max, {most}", ("min",))
    wanted = _wanted(least, most)

    def judge(_reference: Mapping[str, Any], completion: str) -> Verdict:
        if least != 0 and not completion.strip():
            return Verdict.failed(EMPTY)
        found = count(completion)
        told = f"{found} {noun}" if found == 1 else f"{found} {noun}s"
        if (least is not None and found < least) or (most is not None and found > most):
            return Verdict.failed(f"{told}, expected {wanted}", extracted=str(found))
        return Verdict.passed(extracted=str(found))

    return judge


def _wanted(least: int | None, most: int | None) -> str:
    if least is None:
        return f"at most {most}"
    if most is None:
        return f"at least {least}"
    return str(least) if least == most else f"{least} to {most}"
