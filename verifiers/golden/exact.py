"""`exact`: the completion is the answer, word for word."""

from __future__ import annotations

from winnow.verifiers.golden.answer import GoldenCheck
from winnow.verifiers.golden.thinking import tags_of, without_thinking
from winnow.verifiers.registry import Check, SpecError, verifier
from winnow.verifiers.verdict import Verdict, cut


@verifier("exact", version="3")
def exact(
    answer: str | list[str],
    ignore_case: bool = False,
    collapse_blanks: bool = False,
    thinking: list[str] | None = None,
) -> Check:
    """Pass where the completion equals `answer`, or any of the answers; white space at the ends is nothing.

    `collapse_blanks` takes every run of white space for one blank. A thought, between the tags that
    `thinking` names, is no part of the completion.
    """
    answers = [answer] if isinstance(answer, str) else list(answer)
    if not answers:
        raise SpecError("answer is an empty list, expected at least one text", ("answer",))
    tags = tags_of(thinking)

    def plain(text: str) -> str:
        text = " ".join(text.split()) if collapse_blanks else text.strip()
        return text.casefold() if ignore_case else text

    golden = {plain(one) for one in answers}
    told = " or ".join(cut(repr(one), 60) for one in answers[:3]) + (" or ..." if len(answers) > 3 else "")

    def extract(completion: str) -> str:
        return without_thinking(completion, tags).strip()

    def judge(found: str) -> Verdict:
        if plain(found) in golden:
            return Verdict.passed(extracted=found)
        return Verdict.failed(f"not {told}" if found else "empty completion", extracted=found or None)

    return GoldenCheck(extract, judge, judge, answers=tuple(answers))
