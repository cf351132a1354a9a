"""Math-Shepherd's format: problem and steps in one text, and the same text with a mark behind each step.

(Wang et al. 2023, arXiv 2312.08935; `peiyi9979/Math-Shepherd` on the Hub.)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from winnow.steps.process.formats.chain import Chain, Format, Unfit, told

TAG = "ки"
_MARKS = {"+": True, "-": False}
_END = re.compile(rf" {TAG}(?:\n+|\s*\Z)")


def read(row: Mapping[str, Any]) -> list[Chain]:
    """The chain of a row: the tag ends a step, and in `label` a `+` or a `-` stands in its place.

    >>> row = {"input": "1 + 1? Step 1: It is 3. ки", "label": "1 + 1? Step 1: It is 3. -"}
    >>> read(row)[0].steps, read(row)[0].good
    (('It is 3.',), (False,))
    """
    asked, marked = told(row, "input", str), told(row, "label", str)
    parts: list[str] = []
    good: list[bool] = []
    start = at = 0  # in `input`, and in `label`
    for end in _END.finditer(asked):
        text = asked[start : end.start()]
        parts.append(text)
        if marked[at : at + len(text)] != text:
            raise Unfit(f"`label` and `input` differ before the end of step {len(parts)}")
        mark = marked[at + len(text) :][:2].strip()
        if mark not in _MARKS:
            raise Unfit(f"`label`: expected + or - behind step {len(parts)}, found {mark!r}")
        good.append(_MARKS[mark])
        at += len(text) + 2 + len(end[0]) - len(f" {TAG}")
        start = end.end()
    if not parts:
        raise Unfit(f"`input` has no step that ends in {TAG}")
    prompt, first, begun = parts[0].partition("Step 1: ")
    if not first:
        raise Unfit("`input` has no `Step 1: `")
    further = [part.removeprefix(f"Step {number}: ") for number, part in enumerate(parts[1:], 2)]
    return [Chain(prompt.strip(), (begun, *further), tuple(good))]


def write(chain: Chain) -> dict[str, Any]:
    """The row of a chain.

    Raises:
        Unfit: a text has the format's own marks in it, so that the row would say something else.
    """
    steps = [f"Step {number}: {step}" for number, step in enumerate(chain.steps, 1)]
    marks = ["+" if good else "-" for good in chain.good]
    marked = [f"{step} {mark}" for step, mark in zip(steps, marks, strict=True)]
    row = {
        "input": f"{chain.prompt} " + "\n".join(f"{step} {TAG}" for step in steps),
        "label": f"{chain.prompt} " + "\n".join(marked),
        "task": "",
    }
    try:
        found = [one.stepwise for one in read(row)]
    except Unfit:
        found = []
    if found != [chain.stepwise]:
        raise Unfit("the problem or a step has `Step 1: ` or the tag in its text, or blanks around it")
    return row


MATH_SHEPHERD = Format("math_shepherd", read, write)
