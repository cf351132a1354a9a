"""Values of a row: how a field is found, how it becomes JSON, how a message shows it."""

from __future__ import annotations

import datetime
import difflib
import math
from collections.abc import Iterable, Mapping
from typing import Any

from winnow.steps.records import canonical, clean_text

_SHOWN = 60  # characters of a value that a message shows


class RowError(ValueError):
    """A row that is no problem; the message says what was expected, what was found, and the fix."""


def lookup(row: Mapping[str, Any], field: str) -> Any:
    """The value of a field; `a.b` is the key `b` inside `a`, unless a key is called `a.b` itself.

    >>> lookup({"answer": {"value": 7}}, "answer.value")
    7

    Raises:
        RowError: there is no such field; the message names those there are.
    """
    if field in row:
        return row[field]
    here: Any = row
    for at, part in enumerate(parts := field.split(".")):
        if not isinstance(here, Mapping) or part not in here:
            inside = f" inside {'.'.join(parts[:at])!r}" if at else ""
            raise RowError(f"expected a field {part!r}{inside}, found {_found(part, here)}")
        here = here[part]
    return here


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint such as `; did you mean 'question'?`, or nothing where no name is near.

    >>> nearest("qestion", ["question", "answer"])
    "; did you mean 'question'?"
    """
    near = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def listed(names: Iterable[str], most: int = 20) -> str:
    """Names for a message, the first `most` of them.

    >>> listed(["b", "a", "c"], most=2)
    'b, a, ...'
    """
    every = [shown(str(name)) for name in names]
    return ", ".join(every[:most] + ["..."] * (len(every) > most)) or "none"


def shown(value: Any) -> str:
    """A value as a message shows it: on one line, short, without control characters.

    >>> shown("a" * 80)
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...'
    """
    text = value if isinstance(value, str) else canonical(value)
    start = text[: _SHOWN + 1]
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in start)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def kind(value: Any) -> str:
    """What a value is, in the words of JSON."""
    names = {type(None): "null", bool: "a boolean", int: "a number", float: "a number", str: "a string"}
    if isinstance(value, Mapping):
        return "an object"
    return "a list" if isinstance(value, list | tuple) else names.get(type(value), type(value).__name__)


def json_value(value: Any) -> Any:
    """A value as JSON has it: what parquet, CSV and hub rows hold, turned into what a verifier can rely on.

    Numbers of numpy become Python's, arrays lists, dates ISO 8601, decimals, UUIDs and the like text (a
    float would round them), NaN and infinities null, lone surrogates U+FFFD.

    >>> import decimal
    >>> json_value({"a": decimal.Decimal("0.10"), "b": (1, float("nan"))})
    {'a': '0.10', 'b': [1, None]}

    Raises:
        RowError: bytes that are not UTF-8.
    """
    if isinstance(value, str):
        return clean_text(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {clean_text(str(key)): json_value(below) for key, below in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(below) for below in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return _decoded(bytes(value))
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if hasattr(value, "tolist"):  # numpy's arrays and numbers, without importing numpy
        return json_value(value.tolist())
    return clean_text(str(value))


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as broken:
        raise RowError(f"expected text, found bytes that are not UTF-8 at byte {broken.start}") from None


def _found(name: str, here: Any) -> str:
    if isinstance(here, Mapping):
        return f"the fields {listed(here)}{nearest(name, map(str, here))}"
    return kind(here)
