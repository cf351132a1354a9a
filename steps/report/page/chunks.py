r"""Data beside a page, as scripts that hand them over: a page that was opened from a disk can fetch nothing.

Whatever the text is, a browser reads it as a string in JSON: `<`, `>` and `&` are written as escapes, so that
nothing ends a script or begins one, and so are the two line ends that JavaScript has beyond JSON's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from winnow.steps.errors import MissingError
from winnow.steps.records import canonical, clean_text

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_ENCODED = [(char.encode(), escape.encode()) for char, escape in _ESCAPES.items()]


def as_json(value: Any) -> bytes:
    r"""A value as JSON that may stand in a script, in a file of its own or in a page.

    >>> as_json({"said": "</script>"})
    b'{"said":"\\u003c/script\\u003e"}'
    """
    try:
        told = orjson.dumps(value)
    except TypeError:  # lone surrogates, integers over 64 bits
        told = clean_text(canonical(value)).encode()
    for char, escape in _ENCODED:
        told = told.replace(char, escape)
    return told


class Beside:
    """The data of a page by name: in the page itself while they are few, else in files beside it."""

    def __init__(self, folder: Path, at_most: int) -> None:
        """
        Args:
            folder: for the files; made when there is need of it.
            at_most: bytes that may stand in the page.
        """
        self.inside: dict[str, bytes] = {}
        self.files: list[Path] = []
        self._folder, self._left = folder, at_most

    def put(self, name: str, value: Any) -> None:
        """Keep a value under a name: of letters, digits, `-` and `/`.

        Raises:
            MissingError: its file cannot be written.
        """
        told = as_json(value)
        if not self.files and len(told) <= self._left:
            self._left -= len(told)
            self.inside[name] = told
            return
        for earlier, was in [*self.inside.items(), (name, told)]:
            self._write(earlier, was)
        self.inside = {}

    def _write(self, name: str, told: bytes) -> None:
        path = self._folder / f"{name}.js"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"winnow.take(" + as_json(name) + b"," + told + b");\n")
        except OSError as broken:
            raise MissingError(f"{path} cannot be written: {broken.strerror}") from None
        self.files.append(path)
