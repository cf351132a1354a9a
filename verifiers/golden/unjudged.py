"""`answer`: what a completion answers, taken out and judged by nobody, for problems without a reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from winnow.verifiers.golden.answer import GoldenCheck
from winnow.verifiers.golden.choice import chosen_letter
from winnow.verifiers.golden.math.canonical import canonical_answer
from winnow.verifiers.golden.math.extraction import extract as math_answer
from winnow.verifiers.golden.number import stated_number
from winnow.verifiers.golden.text import stated_text
from winnow.verifiers.golden.thinking import tags_of, without_thinking
from winnow.verifiers.registry import Check, verifier
from winnow.verifiers.verdict import Verdict

Kind = Literal["math", "number", "choice", "text"]
_FIND: dict[Kind, Callable[[str], str | None]] = {
    "math": math_answer,
    "number": stated_number,
    "choice": chosen_letter,
    "text": stated_text,
}


@dataclass(slots=True, eq=False)
class _Extraction(GoldenCheck):
    """A check that never says right or wrong."""

    def without_answer(self, completion: str) -> Verdict:
        return Verdict.skipped(self.lacking if completion.strip() else "empty completion")


@verifier("answer", from_reference=False)
def answer(kind: Kind = "math", thinking: list[str] | None = None) -> Check:
    """Skip always, with the answer that the verifier `kind` would have looked at as what was extracted.

    The answer is written in one way (`canonical_answer`), so that those which agree are the same text: what
    `until: {agree}` counts where nobody knows what is right. Nothing in a thought is an answer, between the
    tags that `thinking` names.
    """
    tags = tags_of(thinking)

    def extract(completion: str) -> str | None:
        found = _FIND[kind](without_thinking(completion, tags))
        return canonical_answer(found) or None if found else None

    def judge(found: str) -> Verdict:
        return Verdict.skipped("extracted, and judged by nobody", extracted=found)

    return _Extraction(extract, judge, judge)
