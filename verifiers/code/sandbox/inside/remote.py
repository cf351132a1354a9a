"""An object of the other side, as it stands here.

A test may call it, read it and walk through it: what comes back is data, and is compared on this side. Its
own word is not taken where a test compares it with data (`==`, `<`, `in`, arithmetic): an object that says
that it equals everything equals nothing. Two of its own may be compared by its own class.
"""

from __future__ import annotations

import builtins
import keyword
from collections import namedtuple
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .peer import Peer

_FAILURES: dict[str, type[BaseException]] = {
    name: one
    for name, one in vars(builtins).items()
    if isinstance(one, type) and issubclass(one, BaseException)
}


class Remote:
    """An object of the other side."""

    __slots__ = ("_name", "_number", "_peer")
    _peer: Peer
    _number: int
    _name: str

    def __init__(self, peer: Peer, number: int, name: str) -> None:
        for key, value in (("_peer", peer), ("_number", number), ("_name", name)):
            object.__setattr__(self, key, value)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._peer.ask("call", self, arguments, named)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            if name in ("__name__", "__qualname__"):
                return self._name
            raise AttributeError(f"{self._name!r} shows no {name!r}")
        return self._peer.ask("get", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._peer.ask("set", self, name, value)

    def __delattr__(self, name: str) -> None:
        self._peer.ask("delete", self, name)

    def __iter__(self) -> Iterator[Any]:
        found: Iterator[Any] = self._peer.ask("iter", self)
        if not isinstance(found, Remote):
            raise TypeError(f"{self._name!r} is not iterable")
        return found

    def __next__(self) -> Any:
        return self._peer.ask("next", self)

    def __contains__(self, value: Any) -> bool:
        if isinstance(value, Remote):
            return self._peer.ask("has", self, value) is True
        return any(one is value or one == value for one in self)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Remote):
            return False
        # One that equals everything equals its own class too, and shows itself by that.
        equal = self._peer.ask("eq", self, other) is True and not self._peer.ask("eq", self, object)
        self._peer.took_its_word |= equal
        return equal

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return int(self._peer.ask("hash", self))

    def __round__(self, digits: int | None = None) -> Any:
        return self._peer.ask("round", self, digits)

    def __enter__(self) -> Any:
        return self._peer.ask("enter", self)

    def __exit__(self, *_: object) -> None:
        self._peer.ask("leave", self)


class RemoteClass(Remote):
    """A class of the other side: called, it makes an object there."""

    __slots__ = ()

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, Remote) and self._peer.ask("is_a", instance, self) is True


def _told(operation: str, kind: type) -> Callable[[Remote], Any]:
    def ask(self: Remote) -> Any:
        found = self._peer.ask(operation, self)
        if type(found) is not kind:
            raise TypeError(f"{operation} of {self._name!r} gave {type(found).__name__}")
        return found

    return ask


def _of_two(operation: str) -> Callable[[Remote, Any], Any]:
    def ask(self: Remote, other: Any) -> Any:
        if not isinstance(other, Remote):
            kind = type(other).__name__
            raise TypeError(f"{operation} of {self._name!r} and {kind}: an object's own word is not taken")
        return self._peer.ask(operation, self, other)

    return ask


def _asked(operation: str) -> Callable[..., Any]:
    def ask(self: Remote, *values: Any) -> Any:
        return self._peer.ask(operation, self, *values)

    return ask


for _operation, _kind in {
    **{"len": int, "bool": bool, "str": str, "repr": str, "int": int, "index": int},
    **{"float": float, "complex": complex, "bytes": bytes},
}.items():
    setattr(Remote, f"__{_operation}__", _told(_operation, _kind))
for _operation in ("abs", "neg", "pos", "invert", "getitem", "setitem", "delitem"):
    setattr(Remote, f"__{_operation}__", _asked(_operation))
for _operation in (
    *("lt", "le", "gt", "ge", "add", "sub", "mul", "truediv", "floordiv", "mod", "matmul", "pow"),
    *("and_", "or_", "xor"),
):
    setattr(Remote, f"__{_operation.rstrip('_')}__", _of_two(_operation))


def failure_class(name: str, names: list[str]) -> type[BaseException]:
    """A class of exceptions of this side for one of the other, derived from the same builtin one."""
    base = next((_FAILURES[one] for one in names if one in _FAILURES), Exception)
    own = name if name.isidentifier() else "Exception"
    return type(own, (base,), {"__str__": _text_of, "__module__": "solution"})


def failure_of(told: Any) -> BaseException:
    """The exception that `Exports.told_failure` told of."""
    try:
        names, arguments, text, own = told
        kind = own if isinstance(own, type) and issubclass(own, BaseException) else None
        kind = kind or next((_FAILURES[one] for one in names if one in _FAILURES), Exception)
        failed = kind(*arguments)
        vars(failed)["told"] = str(text)
    except Exception:
        failed = Exception("it raised what cannot be told")
        vars(failed)["told"] = str(failed)
    return failed


def is_told(failed: BaseException) -> bool:
    """Whether it was raised on the other side."""
    return "told" in vars(failed)


def _text_of(failed: BaseException) -> str:
    return str(getattr(failed, "told", "")) or Exception.__str__(failed)


def named_tuple(name: str, fields: list[Any], values: tuple[Any, ...]) -> tuple[Any, ...]:
    """A named tuple of the other side as one of this."""
    fit = all(isinstance(one, str) and one.isidentifier() and one[0] != "_" for one in fields)
    if not fit or len(fields) != len(values) or any(map(keyword.iskeyword, fields)):
        return tuple(values)
    kind = namedtuple(name if name.isidentifier() else "Row", fields)  # type: ignore[misc]
    return kind(*values)
