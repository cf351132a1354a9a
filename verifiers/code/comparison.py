"""Whether what a program printed is what it should have printed."""

from __future__ import annotations

import math
import re
from typing import Literal

from winnow.verifiers.verdict import cut

Compare = Literal["exact", "tokens", "float"]
_NUMBER = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_WHOLE = re.compile(rb"[+-]?\d+")
_SHOWN = 40


def amiss(found: bytes, wanted: bytes, compare: Compare, tolerance: float) -> str:
    """How the output differs from the wanted one; empty where it does not.

    `exact`: byte for byte, but for white space at the end. `tokens`: the same words, whatever white space is
    between them. `float`: as `tokens`, and decimal numbers may differ by `tolerance` times the larger of 1
    and the wanted one; whole numbers may not.

    >>> amiss(b"1  2\\n", b"1 2", "tokens", 0), amiss(b"1  2\\n", b"1 2", "exact", 0)
    ('', "printed '1  2', expected '1 2'")
    >>> amiss(b"0.33333", b"0.3333333", "float", 1e-4), amiss(b"1000001", b"1000000", "float", 1e-4)
    ('', "printed '1000001', expected '1000000'")
    """
    if compare == "exact":
        return _told(found, wanted) if found.rstrip() != wanted.rstrip() else ""
    mine, theirs = found.split(), wanted.split()
    if mine == theirs:
        return ""
    if len(mine) != len(theirs):
        shown = _told(found, wanted)
        return f"{shown} ({len(mine)} words, not {len(theirs)})"
    for one, other in zip(mine, theirs, strict=True):
        if one != other and not (compare == "float" and _close(one, other, tolerance)):
            return _told(one, other)
    return ""


def _close(found: bytes, wanted: bytes, tolerance: float) -> bool:
    if not _NUMBER.fullmatch(found) or not _NUMBER.fullmatch(wanted):
        return False
    if _WHOLE.fullmatch(wanted) and _WHOLE.fullmatch(found):
        return wanted.lstrip(b"+") == found.lstrip(b"+")
    one, other = float(found), float(wanted)
    if not (math.isfinite(one) and math.isfinite(other)):
        return False
    return abs(one - other) <= tolerance * max(1.0, abs(other))


def _told(found: bytes, wanted: bytes) -> str:
    return f"printed {_shown(found)}, expected {_shown(wanted)}"


def _shown(text: bytes) -> str:
    return repr(cut(text[: 4 * _SHOWN].decode("utf-8", "replace").strip(), _SHOWN))
