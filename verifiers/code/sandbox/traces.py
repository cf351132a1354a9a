"""Whether tests leave anything behind in the process that ran them, as far as their text can tell."""

from __future__ import annotations

import ast
from collections.abc import Iterable

_PURE = frozenset(
    {*("bisect", "cmath", "collections", "copy", "fractions", "functools", "heapq", "itertools", "math")}
    | {*("numbers", "operator", "random", "re", "statistics", "string", "typing")}
)
"""Modules of which nothing can be set but by an assignment to an attribute. `random` has a state;
tests that rely on it give it a seed, each time they run."""
_REACHING = frozenset(
    {*("breakpoint", "compile", "delattr", "eval", "exec", "exit", "globals", "input", "open", "quit")}
    | {*("setattr", "vars")}
)
"""Builtins that reach beyond the names of the tests."""


def leaves_traces(scripts: Iterable[str]) -> bool:
    """Whether what these scripts do might be seen by what runs after them in the same process.

    When in doubt, they do: anything imported but a few modules without a state, an attribute assigned to, a
    name with two underscores, a builtin that reaches further. What does not parse is never run.

    >>> leaves_traces(["import math", "def check(f):\\n    assert f(2) == math.sqrt(4)"])
    False
    >>> leaves_traces(["import math", "math.sqrt = lambda x: x"])
    True
    """
    return any(map(_leaves, scripts))


def _leaves(script: str) -> bool:
    try:
        tree = ast.parse(script)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(map(_reaches, ast.walk(tree)))


def _reaches(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(one.name not in _PURE for one in node.names)
    if isinstance(node, ast.ImportFrom):
        return node.module not in _PURE or any(one.name.startswith("_") for one in node.names)
    if isinstance(node, ast.Attribute):
        # `register` tells an abstract class of the standard library about another, for good.
        return node.attr.startswith("_") or node.attr == "register" or not isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.Name):
        return node.id in _REACHING or (node.id.startswith("__") and node.id != "__name__")
    return False
