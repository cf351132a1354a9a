"""Lines and paragraphs, counted."""

from __future__ import annotations

from winnow.verifiers.registry import Check
from winnow.verifiers.strict.limits import counted
from winnow.verifiers.strict.spoken import strict


@strict("line_count")
def line_count(min: int | None = None, max: int | None = None) -> Check:
    """Pass where the completion has `min` to `max` lines that are not blank."""
    return counted(lambda text: sum(1 for line in text.split("\n") if line.strip()), "line", min, max)


@strict("paragraph_count")
def paragraph_count(min: int | None = None, max: int | None = None) -> Check:
    """Pass where the completion has `min` to `max` paragraphs: blank lines set them apart."""
    return counted(count_paragraphs, "paragraph", min, max)


def count_paragraphs(text: str) -> int:
    r"""The number of paragraphs of `text`.

    >>> count_paragraphs("one\nstill one\n\n  \ntwo")
    2
    """
    count, inside = 0, False
    for line in text.split("\n"):
        filled = bool(line.strip())
        count += filled and not inside
        inside = filled
    return count
