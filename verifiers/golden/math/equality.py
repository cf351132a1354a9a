"""Whether two expressions have one value: by proof, or by values too far apart to be one."""

from __future__ import annotations

from winnow.verifiers.golden.math.exact import TooLarge, exact, is_decisive
from winnow.verifiers.golden.math.expression import Node
from winnow.verifiers.golden.math.machine import Machine
from winnow.verifiers.golden.math.numeric import Evaluator, NoValue

Told = bool | None
"""Yes, no, or None: not to be told from here."""

_INFINITE: Node = ("inf",)
_MINUS_INFINITE: Node = ("neg", _INFINITE)


def same_tree(one: Node, other: Node) -> Told:
    """Whether two expressions have one value: proven, refuted, or neither. Never expensive."""
    if one == other:
        return True
    if _INFINITE in (one, other) or _MINUS_INFINITE in (one, other):
        return None if _mentions_infinity(one) and _mentions_infinity(other) else False
    try:
        left, right = exact(one), exact(other)
    except ZeroDivisionError:
        return False
    except TooLarge:
        return _apart(one, other)
    if left == right:
        return True
    if is_decisive(left) and is_decisive(right):
        return False
    return _apart(one, other)


def _mentions_infinity(node: Node) -> bool:
    return node == _INFINITE or any(isinstance(part, tuple) and _mentions_infinity(part) for part in node[1:])


def _apart(one: Node, other: Node) -> Told:
    by = Evaluator(Machine())
    try:
        return False if by.of(one).differs(by.of(other)) else None
    except NoValue:
        return None


def constant(node: Node) -> bool:
    """Whether no symbol stands in an expression."""
    return node[0] != "sym" and all(constant(part) for part in node[1:] if isinstance(part, tuple))
