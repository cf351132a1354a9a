r"""Values to many digits, to refute: what differs there differs.

The same walk over a tree is made with the machine's complex numbers, which carry a bound of their error
along, and with mpmath's, at a precision of one's choice. Symbols get fixed values that stand in no simple
relation to each other.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any

from winnow.verifiers.golden.math.expression import Node


class NoValue(ArithmeticError):
    """The tree has no value, or none within reach."""


def point(name: str, turn: int) -> float:
    """The value of a symbol in one of several turns: positive in the first, then of either sign.

    >>> point("x", 0) == point("x", 0) != point("y", 0)
    True
    """
    digest = hashlib.blake2b(f"{turn} {name}".encode(), digest_size=4).digest()
    value = 0.3 + int.from_bytes(digest, "little") / 2**32 * 1.9
    return -value if turn and digest[0] & 1 else value


class Evaluator:
    """Walks a tree with the functions of `by`: mpmath's context, or `Machine` below."""

    def __init__(self, by: Any, turn: int = 0, log_base: float = math.e) -> None:
        self.by, self.turn, self.log_base = by, turn, log_base

    def of(self, node: Node) -> Any:
        """The value of a tree.

        Raises:
            NoValue: it has none, or is out of reach.
        """
        try:
            value = self._value(node)
        except (ArithmeticError, ValueError, TypeError) as broken:
            raise NoValue(str(broken)) from None
        return value

    def _value(self, node: Node) -> Any:
        kind, by = node[0], self.by
        if kind == "num":
            return by.fraction(node[1])
        if kind == "sym":
            return by.real(point(node[1], self.turn))
        if kind == "const":
            return by.constant(node[1])
        if kind == "add":
            total = self._value(node[1])
            for part in node[2:]:
                total = total + self._value(part)
            return total
        if kind == "mul":
            total = self._value(node[1])
            for part in node[2:]:
                total = total * self._value(part)
            return total
        if kind == "neg":
            return -self._value(node[1])
        if kind == "div":
            return self._value(node[1]) / self._value(node[2])
        if kind == "pow":
            return by.power(self._value(node[1]), self._value(node[2]))
        if kind == "root":
            return by.root(self._value(node[1]), self._value(node[2]))
        if kind == "fact":
            return by.factorial(self._value(node[1]))
        if kind == "binom":
            above, below = self._value(node[1]), self._value(node[2])
            return by.factorial(above) / (by.factorial(below) * by.factorial(above - below))
        if kind == "fn":
            return self._function(node[1], [self._value(part) for part in node[2:]])
        raise ValueError(kind)

    def _function(self, name: str, inside: list[Any]) -> Any:
        by = self.by
        if name == "logb":
            return by.function("ln", inside[1]) / by.function("ln", inside[0])
        if len(inside) != 1:
            raise ValueError(name)
        if name in ("log", "lg"):
            base = 10.0 if name == "lg" else self.log_base
            return by.function("ln", inside[0]) / by.function("ln", by.real(base))
        return by.function(name, inside[0])
