"""`number`: the last number of the completion against the reference's."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction

from winnow.verifiers.golden.answer import GoldenCheck
from winnow.verifiers.golden.denial import is_denied
from winnow.verifiers.golden.magnitude import is_part
from winnow.verifiers.golden.numerals import last_number, only_number
from winnow.verifiers.golden.thinking import tags_of, without_thinking
from winnow.verifiers.registry import Check, MissingReference, SpecError, verifier
from winnow.verifiers.verdict import Verdict, cut

_FIGURES = 10_000
_ROUND = Context(prec=_FIGURES)
_MARK = "####"  # GSM8K's solutions end with it and the answer


@verifier("number", version="5")
def number(
    answer: str | int | float | None = None, tolerance: float = 0, thinking: list[str] | None = None
) -> Check:
    """Pass where the last number of the completion equals `answer`, or differs by at most `tolerance`.

    The comparison is exact (3/4 is 0.75, 0.1 is a tenth), signs of percent and currency count for nothing
    (50% is 50). Where `answer` is text, it holds one number, or one behind its last `####`. No number counts
    that stands in a thought, between the tags that `thinking` names, that is denied ("it is not 7"), or that
    is a part of the value that stands there ("7 million", "7π", "5-7"), a bound of it or one of two.
    """
    allowed = Fraction(str(tolerance)) if 0 <= tolerance < float("inf") else None
    if allowed is None:
        raise SpecError(f"tolerance is {tolerance}, expected 0 or a positive number", ("tolerance",))
    if answer is None:
        raise MissingReference("neither the recipe nor the reference gives 'answer'")
    gold, told = _gold(answer)
    tags = tags_of(thinking)

    def extract(completion: str) -> str | None:
        return stated_number(without_thinking(completion, tags))

    def judge(text: str) -> Verdict:
        found = last_number(text)  # reads its own text as it read it where it stood
        if found and found.value is not None and _equal(found.value, gold, allowed):
            return Verdict.passed(extracted=text)
        near = f" or within {tolerance} of it" if tolerance else ""
        return Verdict.failed(f"{cut(text, 60)} is not {cut(str(answer), 60)}{near}", extracted=text)

    return GoldenCheck(extract, judge, judge, lacking="no number", answers=(told,), frame="The answer is {}.")


def stated_number(text: str) -> str | None:
    """The last number of a text, as it stands there; None where it is denied, or a part of something else.

    >>> stated_number("12, so 7"), stated_number("it is not 7"), stated_number("7 million")
    ('7', None, None)
    """
    found = last_number(text)
    if found is None:
        return None
    at = text.rfind(found.text)
    part = is_denied(text, at) or is_part(text, at, at + len(found.text))
    return None if part else found.text


def _gold(answer: str | int | float) -> tuple[Decimal | Fraction, str]:
    """The answer's value, and the number as it stands there."""
    told = str(answer).rpartition(_MARK)[2]
    found = only_number(told)
    if found is None or found.value is None:
        raise SpecError(f"answer is {cut(told.strip(), 60)!r}, expected one number", ("answer",))
    return found.value, found.text


def _equal(found: Decimal | Fraction, gold: Decimal | Fraction, allowed: Fraction) -> bool:
    if isinstance(found, Decimal) and isinstance(gold, Decimal):
        if found == gold:
            return True
        if not allowed:
            return False
    one, other = _fraction(found), _fraction(gold)
    return one is not None and other is not None and abs(one - other) <= allowed


def _fraction(value: Decimal | Fraction) -> Fraction | None:
    """`value` to 10,000 figures; None where it has more digits than that before the point.

    >>> _fraction(Decimal("1e-999999999")), _fraction(Decimal("1e999999999"))
    (Fraction(0, 1), None)
    """
    if isinstance(value, Fraction):
        return value
    if not value or value.adjusted() < -_FIGURES:
        return Fraction(0)
    return Fraction(_ROUND.plus(value)) if value.adjusted() <= _FIGURES else None
