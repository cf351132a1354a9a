"""Values as JSON, between a candidate and its judge: data as data, everything else as a number.

A message is built by what nobody can subclass: exact types, and of a subclass what its base holds. So a
number that lies about itself arrives as the number that it is. Mutable containers are numbered in a message,
so that two names for one list arrive as one list, and what was done to it can be told afterwards.

JSON, since reading it can neither run code nor crash; unlike pickle and marshal.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

_PLAIN = frozenset({type(None), bool, int, float, str})
_LARGE = 2**63  # integers beyond it travel in hexadecimal, which is read in linear time
_CONTAINERS = (list, dict, set, bytearray, deque)
_MAPPINGS: dict[type, str] = {
    dict: "dict",
    OrderedDict: "ordered",
    defaultdict: "default",
    Counter: "counter",
}
_KINDS: dict[str, Callable[[], Any]] = {
    "dict": dict,
    "ordered": OrderedDict,
    "default": lambda: defaultdict(None),
    "counter": Counter,
}
# Values that can be told by the arguments that make them.
_BUILT: dict[type, tuple[str, Callable[[Any], tuple[Any, ...]]]] = {
    complex: ("complex", lambda it: (it.real, it.imag)),
    range: ("range", lambda it: (it.start, it.stop, it.step)),
    slice: ("slice", lambda it: (it.start, it.stop, it.step)),
    Fraction: ("fraction", lambda it: (it.numerator, it.denominator)),
    Decimal: ("decimal", lambda it: (str(it),)),
    timedelta: ("timedelta", lambda it: (it.days, it.seconds, it.microseconds)),
    datetime: (
        "datetime",
        lambda it: (it.year, it.month, it.day, it.hour, it.minute, it.second, it.microsecond),
    ),
    date: ("date", lambda it: (it.year, it.month, it.day)),
    time: ("time", lambda it: (it.hour, it.minute, it.second, it.microsecond)),
}
_BUILDERS: dict[str, Callable[..., Any]] = {name: made for made, (name, _) in _BUILT.items()}


class CodecError(ValueError):
    """A message that is none, or a value that cannot be told."""


def dumps(message: list[Any]) -> bytes:
    """The bytes of a message made of encoded values."""
    try:
        return json.dumps(message, separators=(",", ":")).encode()
    except (ValueError, RecursionError, TypeError) as broken:
        raise CodecError(str(broken)) from None


def loads(content: bytes) -> list[Any]:
    """The message in `content`.

    Raises:
        CodecError: it is none.
    """
    try:
        message = json.loads(content)
    except (ValueError, RecursionError) as broken:
        raise CodecError(str(broken)) from None
    if not isinstance(message, list):
        raise CodecError("a message is a list")
    return message


class Encoder:
    """Encodes the values of one message; `refer` gives the code of what is no data."""

    def __init__(self, refer: Callable[[Any], list[Any]]) -> None:
        self._refer = refer
        self.containers: list[Any] = []
        self._numbers: dict[int, int] = {}

    def encode(self, value: Any) -> Any:
        """The code of a value.

        Raises:
            CodecError: it cannot be told, being nested too deeply, for one.
        """
        try:
            return self._encode(value)
        except RecursionError:
            raise CodecError("nested too deeply") from None

    def know(self, containers: list[Any]) -> None:
        """Take containers for known by their number, from the other side's message."""
        for one in containers:
            self._numbers[id(one)] = len(self.containers)
            self.containers.append(one)

    def content(self, container: Any) -> Any:
        """The code of what a container holds now."""
        kind = type(container)
        if kind is bytearray:
            return b64encode(container).decode()
        if kind in _MAPPINGS:
            return [self._encode(one) for pair in container.items() for one in pair]
        return self._items(container)

    def _encode(self, value: Any) -> Any:
        kind = type(value)
        if kind in _PLAIN:
            return ["i", hex(value)] if kind is int and not -_LARGE < value < _LARGE else value
        if kind is tuple:
            return ["t", *self._items(value)]
        if kind in _CONTAINERS or kind in _MAPPINGS:
            return self._container(value, kind)
        if kind is frozenset:
            return ["z", *self._items(value)]
        if kind is bytes:
            return ["b", b64encode(value).decode()]
        if kind in _BUILT and not (getattr(value, "tzinfo", None)):
            name, arguments = _BUILT[kind]
            return ["v", name, *[self._encode(one) for one in arguments(value)]]
        if value is Ellipsis:
            return ["e"]
        return self._refer(value)

    def _container(self, value: Any, kind: type) -> Any:
        if id(value) in self._numbers:
            return ["x", self._numbers[id(value)]]
        self._numbers[id(value)] = len(self.containers)
        self.containers.append(value)
        if kind is list:
            return ["l", *self._items(value)]
        if kind in _MAPPINGS:
            return ["d", _MAPPINGS[kind], *self.content(value)]
        if kind is bytearray:
            return ["a", self.content(value)]
        return ["s", *self._items(value)] if kind is set else ["q", value.maxlen, *self._items(value)]

    def _items(self, values: Iterable[Any]) -> list[Any]:
        items = list(values)
        kinds = set(map(type, items))
        if kinds <= _PLAIN and (int not in kinds or _all_small(items)):
            return items
        return [self._encode(one) for one in items]


def _all_small(items: list[Any]) -> bool:
    return all(-_LARGE < one < _LARGE for one in items if type(one) is int)


class Decoder:
    """Decodes the values of one message; `refer` gives what a code of no data stands for."""

    def __init__(self, refer: Callable[[list[Any]], Any], containers: list[Any] | None = None) -> None:
        self._refer = refer
        self.containers: list[Any] = list(containers or ())

    def decode(self, code: Any) -> Any:
        """The value of a code.

        Raises:
            CodecError: it is none.
        """
        try:
            return self._decode(code)
        except CodecError:
            raise
        except (
            ValueError,
            TypeError,
            LookupError,
            ArithmeticError,
            RecursionError,
            AttributeError,
        ) as broken:
            raise CodecError(f"{type(broken).__name__}: {broken}") from None

    def refill(self, container: Any, content: Any) -> None:
        """Put what `content` tells into a container in the place of what it holds.

        Raises:
            CodecError: that is no content of such a container.
        """
        try:
            if isinstance(container, bytearray):
                container[:] = b64decode(content)
                return
            items = [self._decode(one) for one in content]
            container.clear()
            if isinstance(container, dict):
                for key, value in zip(items[::2], items[1::2], strict=True):
                    container[key] = value
            elif isinstance(container, set):
                container.update(items)
            else:
                container.extend(items)
        except CodecError:
            raise
        except (ValueError, TypeError, LookupError, RecursionError) as broken:
            raise CodecError(f"{type(broken).__name__}: {broken}") from None

    def _decode(self, code: Any) -> Any:
        if not isinstance(code, list):
            if isinstance(code, dict):
                raise CodecError("no code")
            return code
        tag = code[0]
        if tag == "t":
            return tuple([self._decode(one) for one in code[1:]])
        if tag == "l":
            return self._fill([], code[1:])
        if tag == "d":
            return self._fill(_KINDS[code[1]](), code[2:])
        if tag == "s":
            return self._fill(set(), code[1:])
        if tag == "q":
            return self._fill(deque(maxlen=None if code[1] is None else int(code[1])), code[2:])
        if tag == "a":
            return self._fill(bytearray(), code[1])
        if tag == "x":
            return self.containers[_index(code[1])]
        if tag == "i":
            return int(code[1], 16)
        if tag == "b":
            return b64decode(code[1])
        if tag == "z":
            return frozenset([self._decode(one) for one in code[1:]])
        if tag == "v":
            return _BUILDERS[code[1]](*[self._decode(one) for one in code[2:]])
        return ... if tag == "e" else self._refer(code)

    def _fill(self, container: Any, content: Any) -> Any:
        self.containers.append(container)
        self.refill(container, content)
        return container


def _index(told: Any) -> int:
    if type(told) is not int or told < 0:
        raise CodecError("no number of a container")
    return told
