"""Tests made ready to run: parsed, split and compiled once, however many candidates they judge.

This happens outside of the sandbox, where nothing of it is run; what is made of a script is data. The
sandbox runs the same interpreter, so that it can read the code.
"""

from __future__ import annotations

import ast
import base64
import marshal
import types
from typing import Any

UNIT = "_winnow_test"
"""What the tests know as the maker of a test: see `harness`."""
CHECK = "check"
"""HumanEval's function of the candidate."""
_LONGEST_LINE = 120


class Unfit(Exception):
    """The tests cannot judge anybody: they do not compile, or there are none."""


def prepared(source: str) -> dict[str, Any]:
    """A script of tests, made ready.

    `code` is its code, in which every outer assertion, of the script or of `check`, is a test of its own;
    `count` how many these are, `checks` whether it defines `check`, `asserts` whether it can fail at all.
    `pytest` is the source where it is a file for pytest, and there is no code then.

    Raises:
        Unfit: it does not compile.
    """
    tree = _parsed(source)
    if _imports_pytest(tree):
        return {"pytest": source}
    asserts = any(isinstance(one, ast.Assert | ast.Raise) for one in ast.walk(tree))
    lines = source.splitlines()
    count = _split(tree.body, 0, lines)
    checks = [one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == CHECK]
    for one in checks:
        count = _split(one.body, count, lines)
    ast.fix_missing_locations(tree)
    code = _compiled(tree, "<tests>")
    return {"code": packed(code), "count": count, "checks": bool(checks), "asserts": asserts, "pytest": None}


def plain(source: str, name: str) -> str:
    """A script without tests, made ready. Raises Unfit."""
    return packed(_compiled(_parsed(source), name))


def packed(code: types.CodeType) -> str:
    """Code as text."""
    return base64.b64encode(marshal.dumps(code)).decode()


def unpacked(told: str) -> types.CodeType:
    """What `packed` told."""
    code: types.CodeType = marshal.loads(base64.b64decode(told))
    return code


def _split(body: list[ast.stmt], count: int, lines: list[str]) -> int:
    for at, statement in enumerate(body):
        if isinstance(statement, ast.Assert):
            line = lines[statement.lineno - 1].strip()[:_LONGEST_LINE]
            told: list[ast.expr] = [ast.Constant(count), ast.Constant(line)]
            call = ast.Call(ast.Name(UNIT, ast.Load()), told, [])
            body[at] = ast.copy_location(ast.With([ast.withitem(call)], [statement]), statement)
            count += 1
    return count


def _parsed(script: str) -> ast.Module:
    try:
        return ast.parse(script)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as broken:
        raise Unfit(f"they do not compile: {broken}") from None


def _compiled(tree: ast.Module, name: str) -> types.CodeType:
    try:
        return compile(tree, name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as broken:
        raise Unfit(f"they do not compile: {broken}") from None


def _imports_pytest(tree: ast.Module) -> bool:
    imports = [one for one in ast.walk(tree) if isinstance(one, ast.Import | ast.ImportFrom)]
    return any(
        (one.module if isinstance(one, ast.ImportFrom) else one.names[0].name) == "pytest" for one in imports
    )
