"""The parameters of a verifier, read off its factory's signature.

A verifier's worker must start in a blink, so the few types that parameters have are checked here, not by
a validation library: text, whole number, number, flag, one of given words, lists and unions of these.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false", Any: "anything"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One keyword of a factory: its type, and whether it must be given."""

    name: str
    hint: Any
    required: bool


def parameters_of(factory: Callable[..., Any]) -> dict[str, Parameter]:
    """The keywords that `factory` takes, in its own order.

    >>> def words(words: list[str], ignore_case: bool = True) -> None: ...
    >>> list(parameters_of(words)), parameters_of(words)["words"].required
    (['words', 'ignore_case'], True)
    """
    hints = get_type_hints(factory)
    return {
        key: Parameter(key, hints[key], given.default is inspect.Parameter.empty)
        for key, given in inspect.signature(factory).parameters.items()
    }


def fits(hint: Any, value: Any) -> bool:
    """Whether `value` is of the type that `hint` names; nothing is converted.

    >>> fits(int, 3), fits(int, 3.0), fits(int, True), fits(float, 3), fits(list[str], ["a", 1])
    (True, False, False, True, False)
    """
    if hint is Any or type(value) is hint:
        return True
    origin, inner = _parts(hint)
    if origin in (Union, types.UnionType):
        return type(value) in inner or any(fits(one, value) for one in inner)
    if origin is Literal:
        return any(value == one and type(value) is type(one) for one in inner)
    if origin is list:
        return isinstance(value, list | tuple) and all(fits(inner[0], one) for one in value)
    if origin is not None:
        return isinstance(value, Mapping)
    if hint in (int, float):
        return isinstance(value, int if hint is int else int | float) and not isinstance(value, bool)
    return isinstance(value, hint)


@lru_cache(256)
def _parts(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    return get_origin(hint), get_args(hint)


def culprit(hint: Any, value: Any) -> tuple[tuple[int, ...], Any]:
    """Where inside `value` the trouble lies: the first item that does not fit, or all of it."""
    for one in get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,):
        if get_origin(one) is list and isinstance(value, list | tuple):
            for place, item in enumerate(value):
                if not fits(get_args(one)[0], item):
                    return (place,), item
    return (), value


def wanted(hint: Any) -> str:
    """The type in plain words.

    >>> wanted(int | None), wanted(str | list[str]), wanted(Literal["upper", "lower"])
    ('a whole number', 'text or a list of text', "'upper' or 'lower'")
    """
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return " or ".join(wanted(one) for one in inner if one is not types.NoneType)
    if origin is Literal:
        return " or ".join(repr(one) for one in inner)
    if origin is list:
        return f"a list of {wanted(inner[0])}"
    return "a mapping" if origin is not None else _NAMES.get(hint, str(hint))
