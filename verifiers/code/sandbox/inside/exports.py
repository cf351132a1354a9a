"""What one side has shown the other: objects by number, for all that cannot be told as data."""

from __future__ import annotations

import builtins
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .codec import CodecError
from .remote import Remote, RemoteClass, failure_class, named_tuple

if TYPE_CHECKING:
    from .peer import Peer

_BY_NAME: dict[Any, str] = {one: name for name, one in vars(builtins).items() if isinstance(one, type)}
_CALLABLES = {name: one for name, one in vars(builtins).items() if isinstance(one, types.BuiltinFunctionType)}
_FUNCTIONS = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.MethodWrapperType,
)
_CALLED = (type, *_FUNCTIONS)
_BASES: list[tuple[type, Callable[[Any], Any]]] = [
    # Each reads what the base class holds, whatever a subclass says of itself.
    (int, lambda it: int.__add__(it, 0)),
    (float, lambda it: float.__mul__(it, 1.0)),
    (str, lambda it: str.__getitem__(it, slice(None))),
    (bytes, lambda it: bytes.__getitem__(it, slice(None))),
    (tuple, lambda it: tuple.__getitem__(it, slice(None))),
    (list, lambda it: list.__getitem__(it, slice(None))),
    (dict, lambda it: dict(dict.items(it))),
    (set, lambda it: set.__or__(set(), it)),
    (frozenset, lambda it: frozenset.__or__(frozenset(), it)),
]


class Exports:
    """Objects of this side that the other may speak of.

    `sharing` names what kind of thing an object is to the other side, or None where it is not shown to it.
    `trusts` is whether this side takes a builtin function by its name from the other.
    """

    def __init__(self, sharing: Callable[[Any], str | None], *, trusts: bool) -> None:
        self._sharing, self._trusts = sharing, trusts
        self._objects: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._proxies: dict[int, Any] = {}

    def has(self, value: Any) -> bool:
        """Whether this very object was shown."""
        return id(value) in self._numbers

    def object(self, number: Any) -> Any:
        if type(number) is not int or not 0 <= number < len(self._objects):
            raise CodecError("no number of an object")
        return self._objects[number]

    def code(self, value: Any, encode: Callable[[Any], Any]) -> list[Any]:
        """The code of a value that is no plain data; what it holds goes through `encode`."""
        if isinstance(value, type | types.BuiltinFunctionType):
            name = _BY_NAME.get(value) if isinstance(value, type) else value.__name__
            if name is not None and (isinstance(value, type) or _CALLABLES.get(name) is value):
                return ["p", name]
        kind = type(value)
        if kind.__module__ == "numpy" and hasattr(value, "tolist"):
            return self._array(value, encode)
        for base, plain in _BASES:
            if isinstance(value, base):
                fields = getattr(kind, "_fields", None) if base is tuple else None
                if isinstance(fields, tuple):
                    return ["n", kind.__name__, list(map(str, fields)), encode(plain(value))]
                told: list[Any] = encode(plain(value))
                return told if isinstance(told, list) else ["w", told]
        return self.whole(value)

    def whole(self, value: Any) -> list[Any]:
        """The code of an object as itself, even where its base class is one of data."""
        if id(value) not in self._numbers:
            kind = self._sharing(value)
            if kind is None:
                raise CodecError(f"an object of type {type(value).__name__} cannot be passed")
            self._numbers[id(value)] = len(self._objects)
            self._objects.append(value)
        kind = self._sharing(value) or "object"
        names = [one.__name__ for one in value.__mro__] if kind == "failure" else []
        name = str(getattr(value, "__name__", type(value).__name__))
        return ["o", self._numbers[id(value)], kind, name[:200], *names]

    def proxy(self, code: list[Any], peer: Peer) -> Any:
        """What stands here for an object of the other side.

        Raises:
            CodecError: it is the code of none.
        """
        if code[0] == "p":
            known = _CALLABLES if self._trusts else {}
            found = known.get(code[1], getattr(builtins, str(code[1]), None))
            if found is None or not (isinstance(found, type) or self._trusts):
                raise CodecError(f"no type is called {code[1]!r}")
            return found
        if code[0] == "w":
            return code[1]
        if code[0] == "n":
            return named_tuple(str(code[1]), code[2], peer.decode(code[3]))
        if code[0] == "m":
            return _array_of(code)
        tag, number, kind, name, *names = code
        if tag != "o" or type(number) is not int:
            raise CodecError("no code")
        if number not in self._proxies:
            self._proxies[number] = _proxy(kind, peer, number, str(name), names)
        return self._proxies[number]

    def told_failure(self, failed: BaseException) -> tuple[Any, ...]:
        """An exception as names of its classes, arguments, text, and its class where that is no builtin."""
        own = type(failed)
        names = tuple([one.__name__ for one in own.__mro__])
        return names, failed.args, str(failed), None if own in _BY_NAME else own

    def _array(self, value: Any, encode: Callable[[Any], Any]) -> list[Any]:
        if getattr(value, "shape", ()) == () or value.dtype.hasobject:
            told = encode(value.tolist())
            return told if isinstance(told, list) else ["w", told]
        return ["m", value.dtype.str, list(value.shape), encode(value.tobytes())]


def show_all(value: Any) -> str:
    """How a candidate shows its objects: all of them."""
    if isinstance(value, type):
        return "failure" if issubclass(value, BaseException) else "class"
    return "function" if isinstance(value, _FUNCTIONS) else "object"


def show_what_is_passed(mine: str) -> Callable[[Any], str | None]:
    """How a judge shows its own: functions, iterators, objects of classes of the module `mine`."""

    def sharing(value: Any) -> str | None:
        if isinstance(value, _CALLED):
            return "function"
        if type(value).__module__ == mine or hasattr(value, "__next__"):
            return "object"
        return "function" if type(value).__name__ in ("partial", "itemgetter", "attrgetter") else None

    return sharing


def _proxy(kind: Any, peer: Peer, number: int, name: str, names: list[Any]) -> Any:
    if kind == "failure":
        return failure_class(name, list(map(str, names)))
    return RemoteClass(peer, number, name) if kind == "class" else Remote(peer, number, name)


def _array_of(code: list[Any]) -> Any:
    from base64 import b64decode

    try:
        import numpy
    except ImportError:
        raise CodecError("an array, and numpy is not preloaded") from None
    kind = numpy.dtype(str(code[1]))
    if kind.hasobject:
        raise CodecError("an array of objects")
    return numpy.frombuffer(b64decode(code[3][1]), kind).reshape(code[2]).copy()
