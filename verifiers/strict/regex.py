"""`regex`: a pattern decides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from winnow.verifiers.registry import Check, SpecError
from winnow.verifiers.strict.limits import EMPTY
from winnow.verifiers.strict.spoken import strict
from winnow.verifiers.verdict import Verdict, cut


@strict("regex", also={"pattern": "answer"})
def regex(pattern: str, full: bool = False, ignore_case: bool = False) -> Check:
    r"""Pass where `pattern` is found in the completion; a reference may also call it `answer`.

    With `full` it must match all of the completion, white space at the ends left out. The language is that
    of Python's `re`: `(?m)` lets `^` and `$` match at every line, `(?s)` lets `.` match a line's end. What
    is extracted is the first group, or the match where there is none. A pattern that backtracks for ever is
    ended by the pool's deadline.
    """
    try:
        compiled = re.compile(pattern, re.IGNORECASE if ignore_case else 0)
    except (re.error, RecursionError, OverflowError) as broken:
        raise SpecError(f"no regular expression: {broken}: {cut(pattern, 60)!r}", ("pattern",)) from None

    def judge(_reference: Mapping[str, Any], completion: str) -> Verdict:
        found = compiled.fullmatch(completion.strip()) if full else compiled.search(completion)
        if found is not None:
            return Verdict.passed(
                extracted=found[1] if compiled.groups and found[1] is not None else found[0]
            )
        if not completion.strip():
            return Verdict.failed(EMPTY)
        return Verdict.failed(f"{'does not match' if full else 'nothing matches'} {cut(pattern, 120)!r}")

    return judge
