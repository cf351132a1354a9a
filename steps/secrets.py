"""`${env:NAME}`: a value that a recipe names and never holds.

Recipes, manifests and ledgers keep the reference; whoever needs the value asks for it here at the last
moment, and whatever is written afterwards is redacted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from winnow.steps.errors import MissingError

_REFERENCE = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}")
_SHORTEST = 4  # a shorter value hides nothing, and redacting it would eat ordinary text
_seen: dict[str, str] = {}


def mentions(text: str) -> bool:
    """Whether `text` holds a reference.

    >>> mentions("${env:TOKEN}"), mentions("$TOKEN")
    (True, False)
    """
    return bool(_REFERENCE.search(text))


def expand(text: str) -> str:
    """`text` with each reference replaced by the variable's value.

    Raises:
        MissingError: a variable is not set.
    """

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        found = os.environ.get(name)
        if found is None:
            raise MissingError(
                f"the recipe needs the environment variable {name}, which is not set: export it"
            )
        hidden = found.strip()  # a header is sent without the line's end that a file's secret has
        if len(hidden) >= _SHORTEST:
            _seen[hidden] = match.group(0)
        return found

    return _REFERENCE.sub(value, text)


def hide(value: str, name: str) -> None:
    """Have a value redacted that no recipe named, as a reference to this variable."""
    if len(value) >= _SHORTEST:
        _seen[value] = f"${{env:{name}}}"


def redact(text: str) -> str:
    """`text` with every value that was ever expanded turned back into its reference."""
    for value in sorted(_seen, key=len, reverse=True):
        text = text.replace(value, _seen[value])
    return text


def redacted(data: Any) -> Any:
    """Plain data with every text in it redacted, keys included: before JSON escapes what is in them.

    >>> redacted({"why": ["401", 1]})
    {'why': ['401', 1]}
    """
    if isinstance(data, str):
        return redact(data)
    if isinstance(data, Mapping):
        return {redacted(key): redacted(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [redacted(value) for value in data]
    return data
