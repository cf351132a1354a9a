"""`json_object`: an object with given keys, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from winnow.verifiers.registry import Check
from winnow.verifiers.strict.json_text import no_constant, read_json
from winnow.verifiers.strict.limits import EMPTY
from winnow.verifiers.strict.spoken import strict
from winnow.verifiers.verdict import Verdict, cut


class _Object(list[tuple[str, Any]]):
    """An object's pairs as they were written, so that a key given twice is seen."""


# Numbers stay text: nobody asks for their value, and a million digits take an hour to convert.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_Object, parse_int=str, parse_float=str, parse_constant=no_constant
)


@strict("json_object")
def json_object(keys: list[str], only: bool = True) -> Check:
    """Pass where the completion is a JSON object with exactly these keys, in any order.

    With `only` nothing may stand around it but one fence of three backticks; without, the first object
    found in the text counts. A key given twice fails.
    """
    wanted = set(keys)

    def judge(_reference: Mapping[str, Any], completion: str) -> Verdict:
        text = completion.strip().removeprefix("\ufeff")
        if not text:
            return Verdict.failed(EMPTY)
        try:
            found = read_json(text, _DECODER, only)
        except ValueError as broken:
            return Verdict.failed(f"not JSON: {broken}")
        except RecursionError:
            return Verdict.failed("not JSON: nested too deeply")
        if not isinstance(found, _Object):
            return Verdict.failed("JSON, but no object")
        told = dict(found)
        shown = cut(", ".join(told))
        if len(told) != len(found):
            return Verdict.failed("a key is there twice", extracted=shown)
        if lacking := [key for key in keys if key not in told]:
            return Verdict.failed(f"lacks the key {lacking[0]!r}", extracted=shown)
        if surplus := [key for key in told if key not in wanted]:
            return Verdict.failed(
                f"has the key {cut(surplus[0], 60)!r}, which is not asked for", extracted=shown
            )
        return Verdict.passed(extracted=shown)

    return judge
