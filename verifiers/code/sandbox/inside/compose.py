"""A whole program of what a candidate wrote: a module, a function, or the rest of the problem's own code.

It works on text that is not trusted, so it runs where the candidate does. It looks at lines that begin at
the margin and at what compiles: a syntax tree for every candidate would cost more than its tests do.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from typing import NamedTuple

FILE = "<solution>"
"""What a candidate's program is called in its own errors."""
_GOES_ON = re.compile(r"(?:async\s|def\s|class\s|@|import\s|from\s|#|[)\]}]|\w+\s*(?::[^=]*)?=[^=])")


class Program(NamedTuple):
    """A program as text and as code."""

    source: str
    code: types.CodeType


def compose(code: str, prompt: str, entry_point: str | None) -> Program:
    """The program to run.

    Code that defines `entry_point` stands behind what else the prompt defines or imports, since answers
    seldom repeat that. Code that does not is the rest of a prompt that is code: as it stands, or set in as a
    body, without what follows the function. Anything else is the program itself.

    >>> compose("return a + 1", "def f(a):\\n", "f").source
    'def f(a):\\n    return a + 1'

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: it is no program.
    """
    at = None if entry_point is None else _definition(prompt, entry_point)
    if at is not None and entry_point is not None:
        if _definition(code, entry_point) is not None:
            return _compiled(prompt[:at] + code)
        for body in _bodies(code):
            try:
                return _compiled(prompt + body)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
    return _compiled(code)


def _compiled(source: str) -> Program:
    return Program(source, compile(source, FILE, "exec", dont_inherit=True))


def _definition(code: str, name: str) -> int | None:
    """Where the definition of `name` begins, its decorators included."""
    word = re.escape(name)
    found = re.search(
        rf"^(?:@.*\n)*(?:(?:async\s+)?def|class)\s+{word}\b|^{word}\s*(?::[^=\n]*)?=[^=]", code, re.MULTILINE
    )
    return None if found is None else found.start()


def _bodies(code: str) -> Iterator[str]:
    """Ways in which `code` may go on from a prompt: whole, then without what follows the function."""
    whole = [code] if code.lstrip("\n")[:1].isspace() else ["    " + code, _set_in(code), code]
    yield from (one for one in whole if _ends_well(one))
    yield from map(_of_the_function, whole)


def _ends_well(body: str) -> bool:
    """Whether behind the function there are definitions only: text that goes on may happen to be Python."""
    return all(_GOES_ON.match(line) for line in body.splitlines() if line[:1].strip())


def _set_in(code: str) -> str:
    return "".join(f"    {line}" if line.strip() else line for line in code.splitlines(keepends=True))


def _of_the_function(code: str) -> str:
    """`code` up to the first line that is not set in: models go on and on."""
    kept: list[str] = []
    for line in code.splitlines(keepends=True):
        if kept and line.strip() and not line[:1].isspace():
            break
        kept.append(line)
    return "".join(kept)
