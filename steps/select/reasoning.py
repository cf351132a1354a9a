"""Reasoning steps: what a text is made of, as reward models of processes see it."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")


def reasoning_steps(text: str) -> tuple[str, ...]:
    r"""The parts between blank lines, or the lines where there is no blank one; none of them empty.

    >>> reasoning_steps("2 + 2 = 4\n\nso it is\n4\n"), reasoning_steps("2 + 2 = 4\nso it is 4\n")
    (('2 + 2 = 4', 'so it is\n4'), ('2 + 2 = 4', 'so it is 4'))
    """
    text = text.strip()
    parts = _BLANK_LINE.split(text) if _BLANK_LINE.search(text) else text.split("\n")
    return tuple(part.strip() for part in parts if part.strip())


def prefixes(text: str) -> tuple[str, ...]:
    r"""The text up to each of its reasoning steps but the first, as it stands: what one goes on from.

    >>> prefixes("2 + 2 = 4\n\nso it is\n4\n"), prefixes("4")
    (('2 + 2 = 4\n\n',), ())
    """
    found, at = [], 0
    for step in reasoning_steps(text):
        start = text.index(step, at)
        found.append(text[:start])
        at = start + len(step)
    return tuple(found[1:])


def shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many steps two texts have in common before they part.

    >>> shared(["a", "b", "c"], ["a", "b", "d"])
    2
    """
    least = min(len(one), len(other))
    return next((at for at in range(least) if one[at] != other[at]), least)
