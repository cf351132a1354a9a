"""`number`: the last number of the completion against the reference's."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

from winnow.verifiers.golden.numerals import last_number, only_number
from winnow.verifiers.registry import Check, MissingReference, SpecError, verifier
from winnow.verifiers.verdict import Verdict, cut

_FIGURES = 10_000
_ROUND = Context(prec=_FIGURES)
_MARK = "####"  # GSM8K's solutions end with it and the answer


@verifier("number")
def number(answer: str | int | float | None = None, tolerance: float = 0) -> Check:
    """Pass where the last number of the completion equals `answer`, or differs by at most `tolerance`.

    The comparison is exact (3/4 is 0.75, 0.1 is a tenth), signs of percent and currency count for nothing
    (50% is 50). Where `answer` is text, it holds one number, or one behind its last `####`.
    """
    allowed = Fraction(str(tolerance)) if 0 <= tolerance < float("inf") else None
    if allowed is None:
        raise SpecError(f"tolerance is {tolerance}, expected 0 or a positive number", ("tolerance",))
    if answer is None:
        raise MissingReference("neither the recipe nor the reference gives 'answer'")
    gold = _gold(answer)

    def judge(_reference: Mapping[str, Any], completion: str) -> Verdict:
        found = last_number(completion)
        if found is None:
            return Verdict.failed("no number" if completion.strip() else "empty completion")
        if found.value is not None and _equal(found.value, gold, allowed):
            return Verdict.passed(extracted=found.text)
        near = f" or within {tolerance} of it" if tolerance else ""
        return Verdict.failed(
            f"{cut(found.text, 60)} is not {cut(str(answer), 60)}{near}", extracted=found.text
        )

    return judge


def _gold(answer: str | int | float) -> Decimal | Fraction:
    told = str(answer).rpartition(_MARK)[2]
    found = only_number(told)
    if found is None or found.value is None:
        raise SpecError(f"answer is {cut(told.strip(), 60)!r}, expected one number", ("answer",))
    return found.value


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
