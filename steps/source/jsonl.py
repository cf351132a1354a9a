"""JSON Lines: one object a line, plain or gzip."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any, Literal

import orjson

from winnow.steps.revision import revision_of
from winnow.steps.source.files import locate, reading
from winnow.steps.source.mapping import MappedSource
from winnow.steps.source.values import RowError, kind, shown

_LONGEST = 64 * 2**20  # bytes of a line: a file without line ends must not fill the memory
_DIGITS = bytes(48 if letter in b"0123456789" else 32 for letter in range(256))  # shows where digits stand
_LONG_NUMBER = b"0" * 19  # from here on orjson would round integers to floats


class JsonlSource(MappedSource):
    """`{type: jsonl, path: data.jsonl, prompt: question, reference: {answer: answer}}`.

    `path` is relative to the working directory, may hold `${env:NAME}`, and may end with `.gz`. Blank lines
    are passed over, a byte-order mark too; numbers are kept to the last digit.
    """

    type: Literal["jsonl"]
    path: str

    @property
    def place(self) -> str:
        return self.path

    def content(self) -> str:
        return revision_of(locate(self.path))

    @property
    def unit(self) -> str:
        return "line"

    def raw(self) -> Iterator[tuple[int, Any]]:
        return read_jsonl(self.path)


def read_jsonl(written: str) -> Iterator[tuple[int, Any]]:
    """The objects of a file, each with the number of its line; a RowError in place of a broken one.

    Raises:
        MissingError: the file is not there or cannot be read.
        UsageError: it is no file, or no sound gzip.
    """
    with reading(written) as file:
        for number, line in enumerate(_lines(file), 1):
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.strip():
                yield number, _read(line)


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """The lines of a file; of one that is too long no more than is needed to see that it is."""
    while line := file.readline(_LONGEST + 1):
        yield line
        while len(line) > _LONGEST and not line.endswith(b"\n"):
            line = file.readline(_LONGEST + 1)


def _read(line: bytes) -> Any:
    if len(line) > _LONGEST:
        return RowError(f"expected a JSON object a line, found a line of over {_LONGEST:,} bytes")
    try:
        row = _read_exactly(line) if _LONG_NUMBER in line.translate(_DIGITS) else orjson.loads(line)
    except orjson.JSONDecodeError:
        row = _read_exactly(line)
    if isinstance(row, list | str | int | float) or row is None:
        hint = ": write the items of a list a line each" if isinstance(row, list) else ""
        return RowError(f"expected a JSON object, found {kind(row)}{hint}")
    return row


def _read_exactly(line: bytes) -> Any:
    """The row by Python's own reader: slow, exact, takes lone surrogates and NaN, and says what is wrong."""
    try:
        return json.loads(line.decode().rstrip("\r\n"))
    except UnicodeDecodeError as broken:
        return RowError(f"invalid UTF-8 at byte {broken.start + 1}: save the file as UTF-8")
    except json.JSONDecodeError as broken:
        near = shown(broken.doc[broken.pos : broken.pos + 100].rstrip()) or "the line's end"
        return RowError(f"broken JSON at column {broken.colno}: {broken.msg}, near {near!r}")
    except (ValueError, RecursionError) as broken:  # a number of over 4,300 digits, nesting without end
        return RowError(f"broken JSON: {broken}")
