"""Complex numbers of the machine that know how wrong they may be."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

_UNIT = 4e-16
_STEP = 2e-15
_HUGE = 1e150


@dataclass(frozen=True, slots=True)
class Approx:
    """A value and a bound of its error, both in absolute terms."""

    value: complex
    error: float

    def __add__(self, other: Approx) -> Approx:
        return _made(self.value + other.value, self.error + other.error)

    def __neg__(self) -> Approx:
        return Approx(-self.value, self.error)

    def __sub__(self, other: Approx) -> Approx:
        return self + (-other)

    def __mul__(self, other: Approx) -> Approx:
        spread = abs(self.value) * other.error + abs(other.value) * self.error + self.error * other.error
        return _made(self.value * other.value, spread)

    def __truediv__(self, other: Approx) -> Approx:
        room = abs(other.value) - other.error
        if room <= abs(other.value) / 2:
            raise ZeroDivisionError("a divisor that may be nothing")
        value = self.value / other.value
        return _made(value, (self.error + abs(value) * other.error) / room)

    def differs(self, other: Approx) -> bool:
        """Whether the two cannot be one value; errors are taken a thousandfold, to be on the safe side."""
        apart = abs(self.value - other.value)
        return apart > 1e3 * (self.error + other.error) and apart > 1e-12 * abs(self.value)


def _made(value: complex, error: float) -> Approx:
    size = abs(value)
    if not size < _HUGE or (size and size < 1 / _HUGE):
        raise OverflowError("out of the machine's range")
    return Approx(value, error + size * _UNIT)


class Machine:
    """The functions of `numeric.Evaluator` on `Approx`."""

    def fraction(self, value: Fraction) -> Approx:
        return _made(complex(value.numerator / value.denominator), 0.0)

    def real(self, value: float) -> Approx:
        return _made(complex(value), 0.0)

    def constant(self, name: str) -> Approx:
        return _made({"pi": complex(math.pi), "e": complex(math.e), "i": 1j}[name], 0.0)

    def power(self, base: Approx, exponent: Approx) -> Approx:
        value = exponent.value
        if not value.imag and value.real == int(value.real) and abs(value.real) < 1_000:
            if not base.value and value.real > 0:
                return base
            times = int(value.real)
            return _applied(lambda one: one**times, base)
        if not base.value:
            raise ValueError("a power of nothing")
        over_base = _applied(lambda one: one**value, base)
        over_exponent = _applied(lambda one: base.value**one, exponent)
        return Approx(over_base.value, over_base.error + over_exponent.error)

    def root(self, degree: Approx, inside: Approx) -> Approx:
        if not inside.value:
            return inside
        whole = degree.value.real
        if degree.value == whole and whole % 2 == 1 and inside.value.real < 0 and not inside.value.imag:
            return -self.root(degree, -inside)
        return self.power(inside, self.fraction(Fraction(1)) / degree)

    def factorial(self, value: Approx) -> Approx:
        number = value.value.real
        if value.value.imag or number != int(number) or not 0 <= number <= 80:
            raise ValueError("no factorial within reach")
        return _made(complex(math.factorial(int(number))), 0.0)

    def function(self, name: str, inside: Approx) -> Approx:
        if name not in _FUNCTIONS:
            raise ValueError(name)
        return _applied(_FUNCTIONS[name], inside)


def _applied(function: Callable[[complex], complex], inside: Approx) -> Approx:
    """`function` at a value, its error by what happens all around; a branch cut nearby makes it large."""
    at = inside.value
    value = function(at)
    step = inside.error + _STEP * abs(at)
    around = (function(at + turn * step) for turn in (1, -1, 1j, -1j))
    return _made(value, 4 * max(abs(one - value) for one in around) + _STEP)


_FUNCTIONS: dict[str, Callable[[complex], complex]] = {
    "sin": cmath.sin,
    "cos": cmath.cos,
    "tan": cmath.tan,
    "cot": lambda x: 1 / cmath.tan(x),
    "sec": lambda x: 1 / cmath.cos(x),
    "csc": lambda x: 1 / cmath.sin(x),
    "arcsin": cmath.asin,
    "arccos": cmath.acos,
    "arctan": cmath.atan,
    "sinh": cmath.sinh,
    "cosh": cmath.cosh,
    "tanh": cmath.tanh,
    "ln": cmath.log,
    "exp": cmath.exp,
    "abs": lambda x: complex(abs(x)),
}
