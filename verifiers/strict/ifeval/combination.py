"""`combination:*`: two answers in one, and the prompt said again."""

from __future__ import annotations

from winnow.verifiers.strict.ifeval.instruction import Test, counted, filled, instruction
from winnow.verifiers.verdict import cut

_DIVIDER = "******"


@instruction("combination:two_responses")
def two_responses() -> Test:
    """Two different texts, set apart by six asterisks; an empty one may stand at either end only."""

    def amiss(text: str) -> str | None:
        parts = text.split(_DIVIDER)
        if any(not part.strip() for part in parts[1:-1]):
            return "an empty response between two dividers"
        found = [part.strip() for part in parts if part.strip()]
        if len(found) != 2:
            return f"{counted(len(found), 'response')} set apart by {_DIVIDER}, expected 2"
        return "both responses are the same" if found[0] == found[1] else None

    return amiss


@instruction("combination:repeat_prompt")
def repeat_prompt(prompt_to_repeat: str) -> Test:
    """The text begins with the prompt, in any case."""
    wanted = filled("prompt_to_repeat", prompt_to_repeat).lower()

    def amiss(text: str) -> str | None:
        text = text.strip()
        return None if text.lower().startswith(wanted) else f"begins with {cut(text, 60)!r}, not the prompt"

    return amiss
