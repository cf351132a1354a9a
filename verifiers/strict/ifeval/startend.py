"""`startend:*`: how the text ends, and quotation marks around it."""

from __future__ import annotations

from winnow.verifiers.strict.ifeval.instruction import Test, filled, instruction
from winnow.verifiers.verdict import cut

_SHOWN = 60


@instruction("startend:end_checker")
def end_checker(end_phrase: str) -> Test:
    """The text ends with the phrase, in any case; double quotes around the text are nothing."""
    wanted = filled("end_phrase", end_phrase).lower()

    def amiss(text: str) -> str | None:
        text = text.strip().strip('"')
        if text.lower().endswith(wanted):
            return None
        return f"ends with {text[-_SHOWN:]!r}, expected {cut(end_phrase, _SHOWN)!r}"

    return amiss


@instruction("startend:quotation")
def quotation() -> Test:
    """The text stands in double quotes: `"` is its first character and its last."""

    def amiss(text: str) -> str | None:
        text = text.strip()
        if len(text) > 1 and text[0] == text[-1] == '"':
            return None
        return f"begins with {text[:1]!r} and ends with {text[-1:]!r}"

    return amiss
