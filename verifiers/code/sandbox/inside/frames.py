"""Messages over a socket: four bytes of length, then as many bytes; descriptors ride on the first."""

from __future__ import annotations

import socket
import struct

LENGTH = struct.Struct("<I")
LONGEST = 64 * 1024**2
"""Bytes of a message that is still read."""
_MOST_DESCRIPTORS = 4


class Closed(Exception):
    """The other side is gone."""


class TooLong(Exception):
    """A message is longer than the reader takes."""


def send(to: socket.socket, message: bytes, descriptors: tuple[int, ...] = ()) -> None:
    """Send one message.

    Raises:
        Closed: nobody reads any more.
    """
    whole = LENGTH.pack(len(message)) + message
    try:
        sent = socket.send_fds(to, [whole], descriptors) if descriptors else 0
        to.sendall(whole[sent:])
    except OSError:
        raise Closed from None


def receive(source: socket.socket, longest: int = LONGEST) -> bytes:
    """The next message.

    Raises:
        Closed: there is none.
        TooLong: it has more than `longest` bytes; the socket is of no use any more.
    """
    return _body(source, _exactly(source, LENGTH.size), longest)


def receive_with_descriptors(source: socket.socket, longest: int = LONGEST) -> tuple[bytes, list[int]]:
    """The next message and the descriptors that came with it; raises as `receive` does."""
    try:
        header, descriptors, _, _ = socket.recv_fds(source, LENGTH.size, _MOST_DESCRIPTORS)
    except OSError:
        raise Closed from None
    if header and len(header) < LENGTH.size:
        header += _exactly(source, LENGTH.size - len(header))
    if not header:
        raise Closed
    return _body(source, header, longest), list(descriptors)


def _body(source: socket.socket, header: bytes, longest: int) -> bytes:
    (length,) = LENGTH.unpack(header)
    if length > longest:
        raise TooLong(f"a message of {length} bytes")
    return _exactly(source, length)


def _exactly(source: socket.socket, count: int) -> bytes:
    try:
        got = source.recv(count, socket.MSG_WAITALL) if count else b""
        while len(got) < count:  # a signal, or more than the kernel hands over at once
            more = source.recv(count - len(got), socket.MSG_WAITALL)
            if not more:
                raise Closed
            got += more
    except OSError:
        raise Closed from None
    return got
