"""JSON inside a completion: all of it, in one fence, or the first object of running text."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

_FENCED = re.compile(r"```[ \t]*(?:json|JSON|Json)?[ \t]*\r?\n(.*)\n[ \t]*```", re.DOTALL)
_MOST_STARTS = 100  # braces at which an object is looked for in running text


def no_constant(name: str) -> NoReturn:
    """What a decoder makes of `NaN` and `Infinity`: a ValueError."""
    raise ValueError(f"{name} is no JSON value")


def read_json(text: str, decoder: json.JSONDecoder, only: bool) -> Any:
    """The value in `text`, which is stripped; with `only` nothing but one fence may stand around it.

    Raises:
        ValueError: there is none; says why.
        RecursionError: it is nested too deeply.
    """
    if not only:
        return _first(text, decoder)
    fenced = _FENCED.fullmatch(text)
    return decoder.decode(fenced[1] if fenced else text)


def _first(text: str, decoder: json.JSONDecoder) -> Any:
    start = -1
    for _ in range(_MOST_STARTS):
        start = text.find("{", start + 1)
        if start < 0:
            break
        try:
            return decoder.raw_decode(text, start)[0]
        except ValueError:
            continue
    raise ValueError("no object found")
