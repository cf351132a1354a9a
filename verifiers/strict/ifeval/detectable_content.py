"""`detectable_content:*`: placeholders and a postscript."""

from __future__ import annotations

import re

from winnow.verifiers.strict.ifeval.instruction import Test, at_least, compared, filled, instruction

_POSTSCRIPTS = {"P.S.": r"p\.\s?s\.", "P.P.S": r"p\.\s?p\.\s?s"}


@instruction("detectable_content:number_placeholders")
def number_placeholders(num_placeholders: int) -> Test:
    """At least so many texts in square brackets, each on one line."""
    at_least("num_placeholders", num_placeholders, 0)
    return lambda text: compared(_brackets(text), "placeholder", "at least", num_placeholders)


@instruction("detectable_content:postscript")
def postscript(postscript_marker: str) -> Test:
    """The marker stands somewhere, in any case; `P.S.` and `P.P.S` may be written with blanks inside."""
    marker = filled("postscript_marker", postscript_marker)
    pattern = re.compile(_POSTSCRIPTS.get(marker) or re.escape(marker), re.IGNORECASE)
    return lambda text: None if pattern.search(text) else f"no {marker!r}"


def _brackets(text: str) -> int:
    """The number of `[...]`, found in linear time whatever is left open."""
    count = 0
    for line in text.split("\n"):
        end = -1
        while (start := line.find("[", end + 1)) >= 0 and (end := line.find("]", start)) >= 0:
            count += 1
    return count
