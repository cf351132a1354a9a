"""`detectable_format:*`: bullets, highlights, sections, JSON, a title, an answer out of three."""

from __future__ import annotations

import json
import re

from winnow.verifiers.strict.ifeval.instruction import (
    Test,
    at_least,
    compared,
    counted,
    filled,
    instruction,
)
from winnow.verifiers.strict.json_text import no_constant

_ANSWERS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
_SINGLE = re.compile(r"\*[^\n*]*\*")
_DOUBLE = re.compile(r"\*\*[^\n*]*\*\*")
_FENCES = ("```json", "```Json", "```JSON", "```")


@instruction("detectable_format:number_bullet_lists")
def number_bullet_lists(num_bullets: int) -> Test:
    """Exactly so many lines that begin with `-`, or with one `*` and something behind it."""
    at_least("num_bullets", num_bullets, 0)

    def amiss(text: str) -> str | None:
        found = sum(1 for line in text.split("\n") if _is_bullet(line.lstrip()))
        return None if found == num_bullets else f"{counted(found, 'bullet')}, expected {num_bullets}"

    return amiss


@instruction("detectable_format:constrained_response")
def constrained_response() -> Test:
    """One of "My answer is yes.", "My answer is no." and "My answer is maybe." is found."""
    return lambda text: None if any(one in text for one in _ANSWERS) else f"none of {', '.join(_ANSWERS)}"


@instruction("detectable_format:number_highlighted_sections")
def number_highlighted_sections(num_highlights: int) -> Test:
    """At least so many texts between asterisks, single or double, each on one line and not blank."""
    at_least("num_highlights", num_highlights, 0)

    def amiss(text: str) -> str | None:
        pieces = (*_SINGLE.findall(text), *_DOUBLE.findall(text))
        found = sum(1 for piece in pieces if piece.strip("*").strip())
        return compared(found, "highlight", "at least", num_highlights)

    return amiss


@instruction("detectable_format:multiple_sections")
def multiple_sections(section_spliter: str, num_sections: int) -> Test:
    """At least so many sections, each behind the mark (its case counts) and a number: `SECTION 1`."""
    mark = filled("section_spliter", section_spliter)
    pattern = re.compile(rf"{re.escape(mark)}\s?\d+")
    at_least("num_sections", num_sections, 0)
    return lambda text: compared(
        sum(1 for _ in pattern.finditer(text)), f"{mark!r} section", "at least", num_sections
    )


@instruction("detectable_format:json_format")
def json_format() -> Test:
    """All of the text is JSON, in a fence of three backticks or bare; any JSON value will do.

    The paper's code takes `NaN` and `Infinity` for JSON; they are none.
    """

    def amiss(text: str) -> str | None:
        text = text.strip()
        for fence in _FENCES:
            text = text.removeprefix(fence)
        try:
            _DECODER.decode(text.removesuffix("```").strip())
        except ValueError as broken:
            return f"not JSON: {broken}"
        except RecursionError:
            return "not JSON: nested too deeply"
        return None

    return amiss


@instruction("detectable_format:title")
def title() -> Test:
    """A line holds a title in double angle brackets, which is not blank."""
    return lambda text: None if any(map(_has_title, text.split("\n"))) else "no title in << >>"


# Numbers stay text: nobody asks for their value, and a million digits take an hour to convert.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=no_constant)


def _is_bullet(line: str) -> bool:
    return line.startswith("-") or (line.startswith("*") and line[1:2] not in ("", "*"))


def _has_title(line: str) -> bool:
    start, end = line.find("<<"), line.rfind(">>")
    return 0 <= start < end and bool(line[start:end].lstrip("<").rstrip(">").strip())
