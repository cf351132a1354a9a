"""What makes two right answers alike: the equations they work out, or the code they are."""

from __future__ import annotations

import ast
import re
import warnings

from winnow.verifiers.code.extraction import code_of

LONGEST = 20_000
"""Characters of code that are parsed; what is longer is told by its tokens."""
_DEEPEST = 90  # brackets inside brackets: nobody writes more, and Python reads 200
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_FRACTION = re.compile(r"\\[dt]?frac[ \t]*\{([^{}]*)\}[ \t]*\{([^{}]*)\}")
_TIMES = re.compile(r"\\times\b|\\cdot\b|[×·]|(?<=\d) ?x ?(?=\d)")
_OVER = re.compile(r"\\div\b|÷")
_BLANKS = re.compile(r"[ \t]+|\\[()\[\]]")
_QUIET = re.compile(r"[$\\€£]|(?<=[-+*/^=()]) | (?=[-+*/^=()])")
# Everything in it is bounded, so that a page of digits takes no longer than a page of words.
_NUMBER = r"\d{1,30}(?:\.\d{1,30})?"
_TERM = rf"\({{0,4}}{_NUMBER}%?\){{0,4}}"
_EQUATION = re.compile(rf"(?<![\d.]){_TERM}(?:[-+*/^]{_TERM}){{1,20}}=-?{_NUMBER}")
_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_COMMENT = re.compile(r"#[^\n]*")
_RUN = re.compile(r"(?:(?:[-+~*]|\b(?:not|await|lambda|if|else)\b)[\s:]*){200,}")


def equations(text: str) -> str:
    r"""The equations between numbers in `text`, in its order; its words, where it has none.

    Two solutions with the same ones reason alike, whatever they say around them. (Yuan et al. 2023, "Scaling
    Relationship on Learning Mathematical Reasoning with Large Language Models", arXiv 2308.01825.)

    >>> equations("48 / 2 = <<48/2=24>>24 clips, so 48 + 24 = $72."), equations(r"$3 \times 4 = 12$")
    ('48/2=24 48+24=72', '3*4=12')
    >>> equations("It is Four.")
    'it is four'
    """
    plain = _FRACTION.sub(r"(\1)/(\2)", _GROUPED.sub("", _BLANKS.sub(" ", text)))
    plain = _QUIET.sub("", _OVER.sub("/", _TIMES.sub("*", plain)))
    return " ".join(_EQUATION.findall(plain) or _WORD.findall(text.lower())) or text.strip()


def code(text: str) -> str:
    """The Python in `text`, without names of locals, docstrings, comments and layout.

    What does not parse, or is longer or deeper than anybody writes, is told by its tokens. Nothing is run.

    >>> code("def f(x):\\n    return x + 1") == code("def f(n):\\n    'Add.'\\n    return (n + 1)  # more")
    True
    """
    program = code_of(text, ("python", "py", "python3"))
    return _shape(program) or " ".join(_TOKEN.findall(_COMMENT.sub("", program)))


def _shape(program: str) -> str | None:
    if len(program) > LONGEST or _depth(program) > _DEEPEST or _RUN.search(program):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes in strings
            tree = ast.parse(program)
        _without_docstrings(tree)
        _rename(tree)
        return ast.dump(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _depth(program: str) -> int:
    """How deep brackets stand in each other at most, those in strings counted."""
    depth = deepest = 0
    for character in program:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    return deepest


def _without_docstrings(tree: ast.AST) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:] or [ast.Pass()]


def _rename(tree: ast.AST) -> None:
    """Arguments, and names that are set inside functions, by the order in which they turn up."""
    scopes = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.comprehension)
    local: dict[str, str] = {}
    for scope in ast.walk(tree):
        if not isinstance(scope, scopes):
            continue
        for node in ast.walk(scope):
            name = node.arg if isinstance(node, ast.arg) else getattr(node, "id", None)
            if isinstance(name, str) and (isinstance(node, ast.arg) or isinstance(node.ctx, ast.Store)):  # type: ignore[attr-defined]
                local.setdefault(name, f"_{len(local)}")
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.arg = local.get(node.arg, node.arg)
            node.annotation = None
        elif isinstance(node, ast.Name):
            node.id = local.get(node.id, node.id)
