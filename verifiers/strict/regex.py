"""`regex`: a pattern decides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from winnow.verifiers.registry import Check, MissingReference, SpecError, verifier
from winnow.verifiers.strict.limits import EMPTY
from winnow.verifiers.verdict import Verdict, cut


@verifier("regex")
def regex(
    pattern: str | None = None, answer: str | None = None, full: bool = False, ignore_case: bool = False
) -> Check:
    r"""Pass where `pattern` (or else the reference's `answer`) is found in the completion.

    With `full` it must match all of the completion, white space at the ends left out. The language is that
    of Python's `re`: `(?m)` lets `^` and `$` match at every line, `(?s)` lets `.` match a line's end. What
    is extracted is the first group, or the match where there is none. A pattern that backtracks for ever is
    ended by the pool's deadline.
    """
    key = "answer" if pattern is None else "pattern"
    told = pattern if pattern is not None else answer
    if told is None:
        raise MissingReference("neither the recipe nor the reference gives 'pattern' or 'answer'")
    try:
        compiled = re.compile(told, re.IGNORECASE if ignore_case else 0)
    except (re.error, RecursionError, OverflowError) as broken:
        raise SpecError(f"{key} is no regular expression: {broken}: {cut(told, 60)!r}", (key,)) from None

    def judge(_reference: Mapping[str, Any], completion: str) -> Verdict:
        found = compiled.fullmatch(completion.strip()) if full else compiled.search(completion)
        if found is not None:
            return Verdict.passed(
                extracted=found[1] if compiled.groups and found[1] is not None else found[0]
            )
        if not completion.strip():
            return Verdict.failed(EMPTY)
        return Verdict.failed(f"{'does not match' if full else 'nothing matches'} {cut(told, 120)!r}")

    return judge
