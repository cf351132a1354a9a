"""`exact`: the completion is the answer, word for word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from winnow.verifiers.registry import Check, SpecError, verifier
from winnow.verifiers.verdict import Verdict, cut


@verifier("exact")
def exact(answer: str | list[str], ignore_case: bool = False, collapse_blanks: bool = False) -> Check:
    """Pass where the completion equals `answer`, or any of the answers; white space at the ends is nothing.

    `collapse_blanks` takes every run of white space for one blank.
    """
    answers = [answer] if isinstance(answer, str) else list(answer)
    if not answers:
        raise SpecError("answer is an empty list, expected at least one text", ("answer",))

    def plain(text: str) -> str:
        text = " ".join(text.split()) if collapse_blanks else text.strip()
        return text.casefold() if ignore_case else text

    golden = {plain(one) for one in answers}
    told = " or ".join(cut(repr(one), 60) for one in answers[:3]) + (" or ..." if len(answers) > 3 else "")

    def judge(_reference: Mapping[str, Any], completion: str) -> Verdict:
        found = completion.strip()
        if plain(completion) in golden:
            return Verdict.passed(extracted=found)
        return Verdict.failed(f"not {told}" if found else "empty completion", extracted=found or None)

    return judge
