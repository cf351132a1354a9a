"""How the completion begins and ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from winnow.verifiers.registry import Check, SpecError
from winnow.verifiers.strict.limits import EMPTY
from winnow.verifiers.strict.spoken import strict
from winnow.verifiers.verdict import Verdict, cut

_SHOWN = 60


@strict("starts_with")
def starts_with(prefix: str, ignore_case: bool = False) -> Check:
    """Pass where the completion begins with `prefix`; white space before it is nothing."""
    wanted = _plain("prefix", prefix, ignore_case)

    def judge(_reference: Mapping[str, Any], completion: str) -> Verdict:
        text = completion.strip()
        if not text:
            return Verdict.failed(EMPTY)
        # Folding may make text longer, never shorter: as many characters as the prefix has are enough.
        start = text[: len(wanted)]
        if (start.casefold() if ignore_case else start).startswith(wanted):
            return Verdict.passed(extracted=start)
        shown = cut(text, _SHOWN)
        return Verdict.failed(f"starts with {shown!r}, expected {cut(prefix, _SHOWN)!r}", extracted=shown)

    return judge


@strict("ends_with")
def ends_with(suffix: str, ignore_case: bool = False) -> Check:
    """Pass where the completion ends with `suffix`; white space behind it is nothing."""
    wanted = _plain("suffix", suffix, ignore_case)

    def judge(_reference: Mapping[str, Any], completion: str) -> Verdict:
        text = completion.strip()
        if not text:
            return Verdict.failed(EMPTY)
        end = text[-len(wanted) :]
        if (end.casefold() if ignore_case else end).endswith(wanted):
            return Verdict.passed(extracted=end)
        shown = text[-_SHOWN:]
        return Verdict.failed(f"ends with {shown!r}, expected {cut(suffix, _SHOWN)!r}", extracted=shown)

    return judge


def _plain(name: str, text: str, ignore_case: bool) -> str:
    text = text.strip()
    if not text:
        raise SpecError(f"{name} is blank, expected some text", (name,))
    return text.casefold() if ignore_case else text
