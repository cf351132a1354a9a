"""One end of the wire between a candidate and its judge: asks the other side, and answers what it asks.

A request is `[nonce, operation, codes]`, its reply `[nonce, "ok" | "raise", changes, code]`, where the nonce
is the request's: a reply that was made before its question, or that answers another, has the wrong one. While
one side waits for a reply the other may ask back, for a callable that it was given. `changes` are containers
among the arguments that hold something else than before.
"""

from __future__ import annotations

import builtins
import operator
import os
import socket
from collections.abc import Callable
from typing import Any

from .codec import CodecError, Decoder, Encoder, dumps, loads
from .exports import Exports
from .frames import Closed, TooLong, receive, send
from .remote import Remote, failure_of

_MOST_REQUESTS = 200_000  # of both sides: an endless iterator is asked no further
_LONGEST = 16 * 1024**2


class Broken(BaseException):
    """The other side is gone, or does not keep to the protocol: nothing more can be asked of it.

    No `Exception`: a test that expects one must not take this for it.
    """


def _call(function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
    return function(*arguments, **named)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "call": _call,
    "get": getattr,
    "set": setattr,
    "delete": delattr,
    "iter": iter,
    "next": next,
    "enter": lambda it: type(it).__enter__(it),
    "leave": lambda it: type(it).__exit__(it, None, None, None),
    "has": lambda holder, value: value in holder,
    "is_a": isinstance,
    **{
        name: getattr(builtins, name)
        for name in ("len", "str", "repr", "hash", "bool", "int", "float", "complex", "bytes", "abs", "round")
    },
    **{
        name: getattr(operator, name)
        for name in ("getitem", "setitem", "delitem", "index", "neg", "pos", "invert", "eq")
    },
    **{
        name: getattr(operator, name)
        for name in ("lt", "le", "gt", "ge", "add", "sub", "mul", "truediv", "floordiv", "mod", "matmul")
    },
    **{name: getattr(operator, name) for name in ("pow", "and_", "or_", "xor")},
}
"""What may be asked of an object of the other side."""


class Peer:
    """One end of a connected socket.

    `lookup` answers requests for a name. `may` says which operation the other side may ask of an object:
    of the judge's objects hardly any. `took_its_word`: two objects of the other side were compared by their
    own class. `broken`: why nothing more can be asked, whoever swallowed the exception that said so.
    """

    def __init__(
        self,
        wire: socket.socket,
        exports: Exports,
        lookup: Callable[[str], Any] | None = None,
        may: Callable[[str, tuple[Any, ...]], bool] = lambda _operation, _values: True,
    ) -> None:
        self._wire, self._exports, self._lookup, self._may = wire, exports, lookup, may
        self._count = 0
        self.took_its_word = False
        self.broken = ""

    def ask(self, operation: str, *values: Any) -> Any:
        """What the other side answers; what its code raised is raised here.

        Raises:
            Broken: it does not answer.
            CodecError: a value cannot be told to it.
        """
        if self.broken:
            raise Broken(self.broken)
        encoder = Encoder(self._refer)
        nonce = os.urandom(8).hex()
        request = dumps([nonce, operation, [encoder.encode(one) for one in values]])
        try:
            self._tally()
            self._send(request)
            while len(message := self._receive()) == 3:
                self._serve(message)
            value = self._value(message, nonce, encoder.containers)
        except Broken as broken:
            self.broken = str(broken)
            raise
        if message[1] == "raise":
            raise failure_of(value)
        return value

    def serve(self) -> None:
        """Answer requests until the other side is gone."""
        while True:
            try:
                message = self._receive()
            except Broken:
                return
            self._serve(message)

    def _value(self, message: list[Any], nonce: str, containers: list[Any]) -> Any:
        if len(message) != 4 or message[0] != nonce:
            raise Broken("it answered what was not asked")
        _, _, changes, code = message
        decoder = Decoder(self._resolve, containers)
        try:
            for place, content in changes:
                decoder.refill(containers[place], content)
            return decoder.decode(code)
        except (CodecError, TypeError, ValueError, LookupError) as broken:
            raise Broken(f"it answered what is no value: {broken}") from None

    def _tally(self) -> None:
        self._count += 1
        if self._count > _MOST_REQUESTS:
            raise Broken("it is asked, or asks, without end")

    def _serve(self, message: list[Any]) -> None:
        if len(message) != 3:
            raise Broken("it asked what is no question")
        self._tally()
        nonce, operation, codes = message
        decoder = Decoder(self._resolve)
        changes: list[Any] = []
        before: list[Any] = []
        try:
            values = tuple([decoder.decode(one) for one in codes])
            encoder = Encoder(self._refer)
            encoder.know(decoder.containers)
            containers = list(decoder.containers)
            before = [self._content(one) for one in containers]
            value = self._perform(operation, values)
            constructed = operation == "call" and isinstance(values[0], type)
            for place, one in enumerate(containers):
                content = encoder.content(one)
                if content != before[place]:
                    changes.append([place, content])
            code = self._exports.whole(value) if constructed else encoder.encode(value)
            reply = dumps([nonce, "ok", changes, code])
        except Broken:
            raise
        except BaseException as failed:
            reply = self._failure(nonce, failed)
        self._send(reply)

    def _content(self, container: Any) -> Any:
        encoder = Encoder(self._refer)
        return encoder.content(container)

    def _perform(self, operation: Any, values: tuple[Any, ...]) -> Any:
        if operation == "name" and self._lookup is not None:
            return self._lookup(values[0])
        if operation not in OPERATIONS or not self._may(operation, values):
            raise TypeError(f"{operation!r} cannot be asked here")
        return OPERATIONS[operation](*values)

    def _failure(self, nonce: str, failed: BaseException) -> bytes:
        try:
            encoder = Encoder(self._refer)
            return dumps([nonce, "raise", [], encoder.encode(self._exports.told_failure(failed))])
        except BaseException:
            told = ["t", ["t", "Exception"], ["t"], f"{type(failed).__name__}, which cannot be told", None]
            return dumps([nonce, "raise", [], told])

    def decode(self, code: Any) -> Any:
        """The value of a code inside of another. Raises CodecError."""
        return Decoder(self._resolve).decode(code)

    def _refer(self, value: Any) -> list[Any]:
        if isinstance(value, Remote):
            return ["h", object.__getattribute__(value, "_number")]
        return self._exports.code(value, self._encode_again)

    def _encode_again(self, value: Any) -> Any:
        return Encoder(self._refer).encode(value)

    def _resolve(self, code: list[Any]) -> Any:
        if code[0] == "h":
            return self._exports.object(code[1])
        return self._exports.proxy(code, self)

    def _send(self, content: bytes) -> None:
        try:
            send(self._wire, content)
        except Closed:
            raise Broken("it is gone") from None

    def _receive(self) -> list[Any]:
        try:
            return loads(receive(self._wire, _LONGEST))
        except Closed:
            raise Broken("it is gone") from None
        except TooLong as flood:
            raise Broken(f"it sent {flood}") from None
        except CodecError as broken:
            raise Broken(f"it sent what is no message: {broken}") from None
