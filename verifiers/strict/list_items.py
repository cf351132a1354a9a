"""`list_items`: a list of exactly so many items, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from winnow.verifiers.registry import Check, SpecError
from winnow.verifiers.strict.limits import EMPTY
from winnow.verifiers.strict.spoken import strict
from winnow.verifiers.verdict import Verdict, cut

_NUMBERED = re.compile(r" *(?P<number>\d{1,6})[.)](?P<text> +\S|$)")
_BULLET = re.compile(r" *[-*+•–‣◦](?P<text> +\S|$)")
_KINDS = {"numbered": "a numbered list", "bullets": "a bulleted list", "any": "a list"}
_DEEPER = 2  # blanks by which a line of an item is set in


@strict("list_items")
def list_items(count: int, style: Literal["numbered", "bullets", "any"] = "any") -> Check:
    """Pass where the completion is a list of `count` items with nothing before, between or behind them.

    `numbered` items count up from 1 (`1.` or `1)`), `bullets` begin with `-`, `*`, `+` or `•`; a blank
    follows the mark. Lines that are set in by two blanks or more belong to the item above.
    """
    if count < 1:
        raise SpecError(f"count is {count}, expected 1 or more", ("count",))

    def judge(_reference: Mapping[str, Any], completion: str) -> Verdict:
        lines = [line.rstrip() for line in completion.expandtabs(4).split("\n") if line.strip()]
        if not lines:
            return Verdict.failed(EMPTY)
        mark = _mark(style, lines[0])
        outer = _indent(lines[0])
        found = 0
        for line in lines:
            if found and _indent(line) >= outer + _DEEPER:
                continue
            item = mark.match(line)
            if item is None:
                return Verdict.failed(f"{cut(line.strip(), 60)!r} is no item of {_KINDS[style]}")
            found += 1
            if not item["text"]:
                return Verdict.failed(f"item {found} is empty")
            if mark is _NUMBERED and int(item["number"]) != found:
                return Verdict.failed(f"item {found} has the number {item['number']}")
        if found != count:
            told = "1 item" if found == 1 else f"{found} items"
            return Verdict.failed(f"{told}, expected {count}", extracted=str(found))
        return Verdict.passed(extracted=str(found))

    return judge


def _mark(style: str, line: str) -> re.Pattern[str]:
    if style == "any":
        return _BULLET if _BULLET.match(line) else _NUMBERED
    return _NUMBERED if style == "numbered" else _BULLET


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
