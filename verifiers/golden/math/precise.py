"""Complex numbers of as many digits as are asked for, by mpmath, kept from growing without bound."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from winnow.verifiers.golden.math.tokens import FUNCTIONS

_MOST_BITS = 1_000_000  # of a value's exponent
_FARTHEST = 10**12  # arguments of functions
_NAMES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "ln": "log", "abs": "fabs"}


class Precise:
    """The functions of `numeric.Evaluator` on mpmath's numbers, at `digits` decimal digits."""

    def __init__(self, digits: int) -> None:
        import mpmath

        self.mp = mpmath.MPContext()
        self.mp.dps = digits

    def fraction(self, value: Fraction) -> Any:
        return self.mp.mpf(value.numerator) / value.denominator

    def real(self, value: float) -> Any:
        return self.mp.mpf(value)

    def constant(self, name: str) -> Any:
        return {"pi": +self.mp.pi, "e": +self.mp.e, "i": self.mp.mpc(0, 1)}[name]

    def power(self, base: Any, exponent: Any) -> Any:
        if not base:
            if self.mp.re(exponent) > 0:
                return base
            raise ZeroDivisionError("a power of nothing")
        size = abs(self.mp.log(base)) * abs(exponent)
        if size > _MOST_BITS:
            raise OverflowError("too large")
        return base**exponent

    def root(self, degree: Any, inside: Any) -> Any:
        if not inside:
            return inside
        real = not self.mp.im(inside) and self.mp.re(inside) < 0
        if real and self.mp.isint(degree) and int(self.mp.re(degree)) % 2:
            return -self.power(-inside, 1 / degree)
        return self.power(inside, 1 / degree)

    def factorial(self, value: Any) -> Any:
        if abs(value) > _MOST_BITS / 20:
            raise OverflowError("too large")
        return self.mp.factorial(value)

    def function(self, name: str, inside: Any) -> Any:
        if abs(inside) > _FARTHEST:
            raise OverflowError("too large")
        if name not in FUNCTIONS and name != "abs":
            raise ValueError(name)
        return getattr(self.mp, _NAMES.get(name, name))(inside)
