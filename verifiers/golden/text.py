"""`text`: a short answer in words."""

from __future__ import annotations

from typing import Literal

from winnow.verifiers.golden.answer import GoldenCheck
from winnow.verifiers.golden.boxes import last_box
from winnow.verifiers.golden.stated import last_statement
from winnow.verifiers.golden.thinking import tags_of, without_thinking
from winnow.verifiers.golden.wording import f1, words_of
from winnow.verifiers.registry import Check, SpecError, verifier
from winnow.verifiers.verdict import Verdict, cut

_WRAPPING = ' \t*_`"“”'


@verifier("text", version="2")
def text(
    answer: str | int | float | list[str | int | float],
    aliases: list[str] | None = None,
    mode: Literal["exact", "normalised", "f1"] = "normalised",
    threshold: float = 0.8,
    thinking: list[str] | None = None,
) -> Check:
    """Pass where the completion's answer is `answer`, any of the answers, or any of the `aliases`.

    The answer is the last box, else what the last "the answer is" or "Answer:" states, else the whole
    completion; nothing in a thought counts, between the tags that `thinking` names. `normalised` compares
    words without case, punctuation and articles; `f1` takes the best F1 of these words for the score, and
    passes from `threshold` on (Rajpurkar et al. 2016); `exact` compares every character.
    """
    if not 0 < threshold <= 1:
        raise SpecError(f"threshold is {threshold}, expected above 0 and at most 1", ("threshold",))
    answers = [*(answer if isinstance(answer, list | tuple) else [answer]), *(aliases or [])]
    golden = tuple(str(one).strip() for one in answers)
    if not any(golden):
        raise SpecError("answer is empty, expected at least one text", ("answer",))
    words = [words_of(one) for one in golden]
    if mode != "exact" and not all(words):
        bare = golden[words.index([])]
        raise SpecError(f"answer is {cut(bare, 40)!r}, of which `mode: {mode}` leaves nothing", ("answer",))
    tags = tags_of(thinking)
    told = " or ".join(cut(repr(one), 60) for one in golden[:3]) + (" or ..." if golden[3:] else "")

    def extract(completion: str) -> str | None:
        return stated_text(without_thinking(completion, tags))

    def judge(found: str) -> Verdict:
        if mode == "exact":
            score = float(found in golden)
        else:
            said = words_of(found)
            score = max(f1(said, one) for one in words) if mode == "f1" else float(said in words)
        if score >= (threshold if mode == "f1" else 1):
            return Verdict.passed(extracted=found, score=score)
        best = f" (F1 {score:.2f}, below {threshold:g})" if mode == "f1" else ""
        return Verdict.failed(f"{cut(found, 60)!r} is not {told}{best}", extracted=found, score=score)

    return GoldenCheck(extract, judge, judge, answers=golden, frame="The answer is {}")


def stated_text(said: str) -> str | None:
    """The answer of a text: the last box, else what is stated last, else all of it.

    >>> stated_text("Hm. The answer is **Paris**"), stated_text("Paris"), stated_text(" ")
    ('Paris', 'Paris', None)
    """
    stated = (last_box(said) if "box" in said else None) or (last_statement(said) or "").strip(_WRAPPING)
    return stated or said.strip() or None
