"""Terms of SMT-LIB 2 as candidates write them: read strictly, before any solver sees them.

A solver's own reader takes commands too, some of which write files. What passes here is one term, made of
literals, declared names and the operators of the theories.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

Term = str | list["Term"]
_LONGEST, _DEEPEST = 20_000, 200
_TOKEN = re.compile(r"\s*([()]|[^\s();\"|]+)")
_COMMENT = re.compile(r";[^\n]*")
LITERAL = re.compile(r"\d+(?:\.\d+)?|#x[0-9a-fA-F]+|#b[01]+|true|false")
_OPERATORS = frozenset(
    [
        *["+", "-", "*", "/", "div", "mod", "abs", "<", "<=", ">", ">=", "=", "distinct"],
        *["not", "and", "or", "xor", "=>", "ite", "let", "forall", "exists", "Int", "Real", "Bool"],
        *["to_real", "to_int", "is_int", "select", "store", "_", "BitVec", "concat", "extract"],
        *["bvadd", "bvsub", "bvmul", "bvudiv", "bvsdiv", "bvurem", "bvsrem", "bvsmod", "bvneg"],
        *["bvand", "bvor", "bvxor", "bvnot", "bvshl", "bvlshr", "bvashr", "zero_extend", "sign_extend"],
        *["bvult", "bvule", "bvugt", "bvuge", "bvslt", "bvsle", "bvsgt", "bvsge"],
    ]
)


class NoTerm(ValueError):
    """The text is not one plain term; the message says why."""


def read(text: str) -> list[Term]:
    """Every term that the text holds, one after another.

    >>> read("(+ x 1) y")
    [['+', 'x', '1'], 'y']

    Raises:
        NoTerm: it is too long or too deep, or its brackets do not match.
    """
    if len(text) > _LONGEST:
        raise NoTerm(f"it has more than {_LONGEST} characters")
    whole: list[Term] = []
    open_: list[list[Term]] = [whole]
    for token in _tokens(text):
        if token == "(":
            inner: list[Term] = []
            open_[-1].append(inner)
            open_.append(inner)
            if len(open_) > _DEEPEST:
                raise NoTerm(f"it is nested more than {_DEEPEST} deep")
        elif token == ")":
            open_.pop()
            if not open_:
                raise NoTerm("a bracket is closed that was not opened")
        else:
            open_[-1].append(token)
    if len(open_) > 1:
        raise NoTerm("a bracket is never closed")
    return whole


def checked(term: Term, names: Collection[str]) -> str:
    """A term as text, if it holds nothing but literals, operators, `names`, and what it binds itself.

    >>> checked(["+", "x", "1"], {"x"})
    '(+ x 1)'

    Raises:
        NoTerm: it holds something else.
    """
    _check(term, frozenset(names))
    return told(term)


def told(term: Term) -> str:
    """A term as text."""
    return term if isinstance(term, str) else f"({' '.join(map(told, term))})"


def _check(term: Term, names: frozenset[str]) -> None:
    if isinstance(term, str):
        if term not in names and term not in _OPERATORS and not LITERAL.fullmatch(term):
            raise NoTerm(f"{term[:40]!r} is neither declared nor an operator")
        return
    if not term:
        raise NoTerm("() is no term")
    if term[0] in ("let", "forall", "exists") and len(term) == 3 and isinstance(term[1], list):
        bound = [one[0] for one in term[1] if isinstance(one, list) and len(one) == 2]
        if len(bound) != len(term[1]) or not all(isinstance(one, str) for one in bound):
            raise NoTerm(f"{term[0]} binds what is no name")
        for one in term[1]:
            _check(one[1], names)
        _check(term[2], names | {one for one in bound if isinstance(one, str)})
        return
    for one in term:
        _check(one, names)


def _tokens(text: str) -> Iterator[str]:
    at, text = 0, _COMMENT.sub("", text).rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise NoTerm(f"{text[at:].lstrip()[:1]!r} is no part of a term")
        yield found[1]
        at = found.end()
