"""`punctuation:*`: commas."""

from __future__ import annotations

from winnow.verifiers.strict.ifeval.instruction import Test, counted, instruction


@instruction("punctuation:no_comma")
def no_comma() -> Test:
    """No `,` anywhere; the commas of other scripts are allowed."""

    def amiss(text: str) -> str | None:
        found = text.count(",")
        return counted(found, "comma") if found else None

    return amiss
