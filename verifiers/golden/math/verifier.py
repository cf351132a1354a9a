"""`math`: the answer of a completion against the reference's, as mathematics."""

from __future__ import annotations

from typing import Literal

from winnow.verifiers.golden.answer import GoldenCheck
from winnow.verifiers.golden.math.extraction import extract
from winnow.verifiers.golden.math.judgement import Golden
from winnow.verifiers.golden.thinking import tags_of, without_thinking
from winnow.verifiers.registry import Check, SpecError, verifier
from winnow.verifiers.verdict import Status, Verdict, cut


@verifier("math", version="3")
def math(
    answer: str | int | float | list[str | int | float],
    percent: Literal["unit", "hundredth", "either"] = "unit",
    thinking: list[str] | None = None,
) -> Check:
    r"""Pass where the completion's answer is `answer`, or any of the answers.

    The answer is the last box, else the last stated one ("the answer is ...", `#### 42`), else the last
    number or formula; never one inside of a thought, between the tags that `thinking` names. An `answer` may
    itself be a solution that ends in a box or in `#### 42`. Values are compared exactly: 0.5 is 1/2, and
    0.333 is not 1/3. `percent` says what `50%` equals: 50 (`unit`), 0.5 (`hundredth`), or both (`either`).
    """
    answers = list(answer) if isinstance(answer, list | tuple) else [answer]
    if not answers:
        raise SpecError("answer is an empty list, expected at least one", ("answer",))
    golden = [Golden(_told(one), percent) for one in answers]
    first = golden[0] if len(golden) == 1 else None
    tags = tags_of(thinking)

    def find(completion: str) -> str | None:
        return extract(without_thinking(completion, tags))

    def verdict(found: str, told: bool) -> Verdict:
        if told:
            return Verdict(Status.PASS, 1.0, "", found)
        wanted = cut(first.told, 60) if first is not None else _listed(golden)
        return Verdict(Status.FAIL, 0.0, f"{cut(found, 60)} is not {wanted}", found)

    def fast(found: str) -> Verdict | None:
        if first is not None:
            told = first.fast(found)
        else:
            each = [one.fast(found) for one in golden]
            told = True if True in each else None if None in each else False
        return None if told is None else verdict(found, told)

    def slow(found: str) -> Verdict:
        return verdict(found, any(one.slow(found) for one in golden))

    return GoldenCheck(find, fast, slow, answers=tuple([one.told for one in golden]), frame=r"\boxed{{}}")


def _listed(golden: list[Golden]) -> str:
    return " or ".join(cut(one.told, 60) for one in golden[:3]) + (" or ..." if golden[3:] else "")


def _told(answer: str | int | float) -> str:
    """The answer in a reference, which may be a whole solution."""
    text = str(answer)
    if text.isdigit():
        return text
    if "\n" in text or "####" in text or "boxed" in text:
        text = extract(text) or ""
    if not text.strip() or text in ("nan", "inf", "-inf"):
        raise SpecError(f"answer is {cut(str(answer), 60)!r}, expected an answer", ("answer",))
    return text.strip()
