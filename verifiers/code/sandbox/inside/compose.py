"""A whole program of what a candidate wrote: a module, a function, or the rest of the problem's own code.

It works on text that is not trusted, so it runs where the candidate does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator


def compose(code: str, prompt: str, entry_point: str | None) -> str:
    """The program to run.

    Code that defines `entry_point` stands behind what else the prompt defines or imports, since answers
    seldom repeat that. Code that does not is the rest of a prompt that is code: as it stands, or set in as a
    body, without what follows the function. Anything else is the program itself.

    >>> compose("    return a", "def f(a):\\n", "f")
    'def f(a):\\n    return a'
    >>> compose("def f(a):\\n    return sqrt(a)\\n", "from math import sqrt\\ndef f(a):\\n", "f")
    'from math import sqrt\\ndef f(a):\\n    return sqrt(a)\\n'
    """
    if not prompt.strip() or entry_point is None:
        return code
    if _defines(code, entry_point):
        return _preamble(prompt, entry_point) + code
    for body in _bodies(code):
        whole = prompt + body
        if _compiles(whole) and _defines(whole, entry_point) and _ends_well(whole, entry_point):
            return whole
    return code


def _defines(code: str, name: str) -> bool:
    tree = _parsed(code)
    return tree is not None and any(_binds(one, name) for one in tree.body)


def _ends_well(code: str, name: str) -> bool:
    """Whether behind the function there are definitions only: text that goes on may happen to be Python."""
    tree = _parsed(code)
    body = [] if tree is None else tree.body
    at = max((place for place, one in enumerate(body) if _binds(one, name)), default=0)
    plain = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Assign)
    return all(isinstance(one, plain) for one in body[at + 1 :])


def _binds(statement: ast.stmt, name: str) -> bool:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return statement.name == name
    if isinstance(statement, ast.Assign):
        return any(isinstance(one, ast.Name) and one.id == name for one in statement.targets)
    return False


def _preamble(prompt: str, entry_point: str) -> str:
    """What the prompt says before the function that it asks for."""
    for whole in (prompt, prompt.rstrip() + "\n    pass\n"):
        tree = _parsed(whole)
        if tree is None:
            continue
        for statement in tree.body:
            if _binds(statement, entry_point):
                return "".join(whole.splitlines(keepends=True)[: _first_line(statement) - 1])
    return ""


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(one.lineno for one in decorators)])


def _bodies(code: str) -> Iterator[str]:
    """Ways in which `code` may go on from a prompt."""
    whole = [code] if code.lstrip("\n")[:1].isspace() else ["    " + code, _set_in(code), code]
    yield from whole
    yield from map(_of_the_function, whole)


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


def _compiles(code: str) -> bool:
    """More than being parsed: a `return` must stand in a function."""
    try:
        compile(code, "<candidate>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _parsed(code: str) -> ast.Module | None:
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
