"""`letter_case`: all in capitals, or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from winnow.verifiers.registry import Check
from winnow.verifiers.strict.limits import EMPTY
from winnow.verifiers.strict.spoken import strict
from winnow.verifiers.verdict import Verdict


@strict("letter_case")
def letter_case(case: Literal["upper", "lower"]) -> Check:
    """Pass where every letter that has a case has the given one, and there is such a letter."""

    def judge(_reference: Mapping[str, Any], completion: str) -> Verdict:
        if not completion.strip():
            return Verdict.failed(EMPTY)
        if completion.isupper() if case == "upper" else completion.islower():
            return Verdict.passed()
        wrong = next(
            (sign for sign in completion if (sign.islower if case == "upper" else sign.isupper)()), None
        )
        return Verdict.failed(
            f"{wrong!r} is not {case} case" if wrong else "no letter that has a case", extracted=wrong
        )

    return judge
