"""Instructions by id: what one takes, and how it is built.

An instruction is a decorated factory, as a verifier is: its keyword arguments are what the data calls
`kwargs`, and what it returns tells what is amiss in a text, or None where the text follows it.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Literal

from winnow.verifiers.parameters import Parameter, fits, parameters_of, wanted
from winnow.verifiers.registry import SpecError
from winnow.verifiers.verdict import cut

Test = Callable[[str], str | None]
Factory = Callable[..., Test]
Relation = Literal["less than", "at least"]

_FACTORIES: dict[str, Factory] = {}


def instruction(name: str) -> Callable[[Factory], Factory]:
    """Register a factory under the id that the paper's data uses."""

    def register(factory: Factory) -> Factory:
        _FACTORIES[name] = factory
        return factory

    return register


def ids() -> list[str]:
    """The ids of all instructions, sorted."""
    return sorted(_FACTORIES)


def build(name: str, kwargs: Mapping[str, Any]) -> Test:
    """The test of one instruction.

    Keys whose value is None do not apply; a whole number may be written as a float (3.0).

    Raises:
        SpecError: an unknown id, a key too many or too few, a value that makes no sense. Its path is empty
            where the id is wrong and begins at the key otherwise.
    """
    if name not in _FACTORIES:
        near = difflib.get_close_matches(name, _FACTORIES, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise SpecError(f"no instruction has the id {cut(name, 60)!r}{hint}")
    known = _parameters(name)
    given = {key: _whole(value) for key, value in kwargs.items() if value is not None}
    for key, value in given.items():
        if key not in known:
            takes = ", ".join(known) or "nothing"
            raise SpecError(f"{name} does not take {cut(repr(key), 40)}; it takes {takes}", (key,))
        if not fits(known[key].hint, value):
            expected = wanted(known[key].hint)
            raise SpecError(f"{name}: {key} is {cut(repr(value), 40)}, expected {expected}", (key,))
    if lacking := [key for key in known if key not in given]:
        raise SpecError(f"{name} needs {lacking[0]!r}", (lacking[0],))
    return _FACTORIES[name](**given)


def compared(found: int, noun: str, relation: Relation, number: int) -> str | None:
    """What is amiss where `found` should be less than, or at least, `number`.

    >>> compared(3, "word", "at least", 5)
    '3 words, expected at least 5'
    """
    if found < number if relation == "less than" else found >= number:
        return None
    return f"{counted(found, noun)}, expected {relation} {number}"


def counted(found: int, noun: str) -> str:
    """`found` with its noun, which takes an s where it must.

    >>> counted(1, "word"), counted(0, "word")
    ('1 word', '0 words')
    """
    return f"{found} {noun}" if found == 1 else f"{found} {noun}s"


def at_least(key: str, number: int, least: int) -> int:
    """`number`, which data calls `key`.

    Raises:
        SpecError: it is less than `least`.
    """
    if number < least:
        raise SpecError(f"{key} is {number}, expected {least} or more", (key,))
    return number


def filled(key: str, text: str) -> str:
    """`text`, which data calls `key`, without white space at its ends.

    Raises:
        SpecError: nothing is left.
    """
    if not text.strip():
        raise SpecError(f"{key} is blank, expected some text", (key,))
    return text.strip()


@lru_cache(64)
def _parameters(name: str) -> dict[str, Parameter]:
    return parameters_of(_FACTORIES[name])


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
