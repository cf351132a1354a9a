"""A card of ours over one that people may have written in: a marked part is ours, the rest is theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

BEGIN = "<!-- winnow:begin (written anew with every build; write above or below this part) -->"
END = "<!-- winnow:end -->"
_BEGINS = "<!-- winnow:begin"
_FENCE = "---"


@dataclass(frozen=True)
class Card:
    """`metadata` for the YAML at the top, `body` in Markdown; the tags that may once have been ours."""

    metadata: Mapping[str, Any]
    body: str
    our_tags: frozenset[str] = frozenset()


def merged(card: Card, there: str | None) -> str:
    """The README: our metadata over theirs, and our part in the place where it was, or before all of theirs.

    >>> print(merged(Card({"license": "mit"}, "# Sums"), "Hello."))
    ---
    license: mit
    ---
    <!-- winnow:begin (written anew with every build; write above or below this part) -->
    <BLANKLINE>
    # Sums
    <BLANKLINE>
    <!-- winnow:end -->
    <BLANKLINE>
    Hello.
    <BLANKLINE>
    """
    theirs, text = split(there or "")
    above, below = _around(text)
    ours = f"{BEGIN}\n\n{card.body.strip()}\n\n{END}"
    parts = [part for part in (above.strip(), ours, below.strip()) if part]
    metadata = yaml.safe_dump(
        _over(card, theirs), sort_keys=False, allow_unicode=True, width=10_000, default_flow_style=False
    )
    return f"{_FENCE}\n{metadata}{_FENCE}\n" + "\n\n".join(parts) + "\n"


def split(readme: str) -> tuple[dict[str, Any], str]:
    """The metadata of a README and its text; what is no metadata is text."""
    lines = readme.replace("\r\n", "\n").removeprefix("\ufeff").split("\n")
    if lines[0].rstrip() != _FENCE:
        return {}, "\n".join(lines)
    end = next((at for at, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if end is None:
        return {}, "\n".join(lines)
    try:
        told = yaml.safe_load("\n".join(lines[1:end])) or {}
    except (yaml.YAMLError, ValueError):  # a day that no month has is no ValueError of YAML's
        told = None
    if not isinstance(told, dict):
        return {}, "\n".join(lines)
    return told, "\n".join(lines[end + 1 :])


def _around(text: str) -> tuple[str, str]:
    """What stands before and behind our part, whose marks are whole lines."""
    lines = text.split("\n")
    begin = next((at for at, line in enumerate(lines) if line.startswith(_BEGINS)), None)
    if begin is None:
        return "", text
    ends = [at for at, line in enumerate(lines) if at > begin and line.rstrip() == END]
    if not ends:  # the end of our part is gone: what is left of it cannot be told from theirs
        return "\n".join(lines[:begin]), "\n".join(lines[begin + 1 :])
    return "\n".join(lines[:begin]), "\n".join(lines[ends[0] + 1 :])


def _over(card: Card, theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Our keys first; of theirs the keys that are not ours, a licence where we know none, and their tags."""
    told = dict(card.metadata)
    if told.get("license") == "unknown" and isinstance(theirs.get("license"), str):
        told["license"] = theirs["license"]
    tags = theirs.get("tags")
    if isinstance(tags, list):
        ours = list(told.get("tags", []))
        told["tags"] = ours + [tag for tag in tags if tag not in ours and tag not in card.our_tags]
    return told | {key: value for key, value in theirs.items() if key not in told}
