"""Characters: how many, and which must not be there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from winnow.verifiers.registry import Check, SpecError
from winnow.verifiers.strict.limits import EMPTY, counted
from winnow.verifiers.strict.spoken import strict
from winnow.verifiers.verdict import Verdict, cut


@strict("character_count")
def character_count(min: int | None = None, max: int | None = None) -> Check:
    """Pass where the completion, stripped of white space at its ends, has `min` to `max` code points."""
    return counted(lambda text: len(text.strip()), "character", min, max)


@strict("forbidden_characters")
def forbidden_characters(characters: str | list[str], ignore_case: bool = False) -> Check:
    """Pass where none of `characters` occurs; an empty completion fails.

    Text names each of its characters; a list names one a member, or a short text as a whole (`"--"`).
    """
    banned = list(dict.fromkeys(characters))
    if not banned or "" in banned:
        raise SpecError("characters is empty, expected at least one character", ("characters",))

    def judge(_reference: Mapping[str, Any], completion: str) -> Verdict:
        if not completion.strip():
            return Verdict.failed(EMPTY)
        text = completion.casefold() if ignore_case else completion
        for sign in banned:
            wanted = sign.casefold() if ignore_case else sign
            if (count := text.count(wanted)) > 0:
                times = "once" if count == 1 else f"{count} times"
                return Verdict.failed(f"holds {cut(sign, 40)!r} {times}", extracted=sign)
        return Verdict.passed()

    return judge
