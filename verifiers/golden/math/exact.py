r"""Exact values: sums of rational multiples of products of independent things.

`3\sqrt{8} + 2x` is kept as {√2: 6, x: 2}. Roots of primes, `i`, symbols and one of π and e satisfy no
polynomial equation with rational coefficients but those that are worked out here (Besicovitch 1940 for the
roots, Lindemann for π and e), so two such sums are equal just when they have the same terms. What else
occurs, such as `\sin x` or 1/(x+1), is a thing of its own, named by its parts (`@`): the same terms are
then still equal, but different ones may be, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from winnow.verifiers.golden.math.expression import Node

Term = tuple[tuple[str, Fraction], ...]
Exact = dict[Term, Fraction]

_MOST_TERMS = 100
_MOST_BITS = 40_000
_MOST_FACTORIAL = 3_000
_MOST_POWER = 20_000
_MOST_ROOTED = 10**8
_ONE = Fraction(1)


class TooLarge(ValueError):
    """The value has more digits or terms than are worked out here."""


def exact(node: Node) -> Exact:
    r"""The value of a tree.

    >>> from winnow.verifiers.golden.math.expression import parse
    >>> exact(parse(r"\sqrt{8} - 2\sqrt{2}")), exact(parse(r"\frac{6}{4}"))
    ({}, {(): Fraction(3, 2)})

    Raises:
        TooLarge: it cannot be held; ZeroDivisionError: it has none.
    """
    return _HOW[node[0]](node)


def is_decisive(value: Exact) -> bool:
    """Whether another value with other terms is certainly another value."""
    things = {thing for term in value for thing, _ in term}
    return not any(thing[0] == "@" for thing in things) and not things >= {"pi", "e"}


def symbols(value: Exact) -> frozenset[str]:
    """The symbols that the value depends on, those inside of opaque things left out."""
    return frozenset(thing for term in value for thing, _ in term if thing[0] == "$")


def rational(value: Exact) -> Fraction | None:
    """The value as a fraction; None where it is none."""
    if not value:
        return Fraction(0)
    return value.get(()) if len(value) == 1 else None


def multiple(one: Exact, other: Exact) -> bool:
    """Whether one value is the other times a rational number."""
    if not one or one.keys() != other.keys():
        return not one and not other
    ratios = {coefficient / other[term] for term, coefficient in one.items()}
    return len(ratios) == 1


def _add_to(total: Exact, term: Term, coefficient: Fraction) -> None:
    found = total.get(term, 0) + coefficient
    if not found:
        total.pop(term, None)
        return
    total[term] = _checked(found)
    if len(total) > _MOST_TERMS:
        raise TooLarge("too many terms")


def _product(one: Exact, other: Exact) -> Exact:
    if len(one) * len(other) > 4 * _MOST_TERMS:
        raise TooLarge("too many terms")
    total: Exact = {}
    for left, a in one.items():
        for right, b in other.items():
            term, factor = _joined(left, right) if left and right else (left or right, _ONE)
            _add_to(total, term, a * b * factor)
    return total


def _joined(left: Term, right: Term) -> tuple[Term, Fraction]:
    """The product of two terms: whole powers of primes and of i² become numbers."""
    powers = dict(left)
    for thing, power in right:
        powers[thing] = powers.get(thing, Fraction(0)) + power
    return _reduced(powers)


def _reduced(powers: dict[str, Fraction]) -> tuple[Term, Fraction]:
    factor = _ONE
    kept: list[tuple[str, Fraction]] = []
    for thing, power in powers.items():
        if thing == "i":
            quarter = power % 4
            factor *= -1 if quarter >= 2 else 1
            power = quarter % 2
        elif thing.isdigit():
            whole = math.floor(power)
            factor *= _power_of(Fraction(int(thing)), whole)
            power -= whole
        if power:
            kept.append((thing, power))
    return tuple(sorted(kept)), factor


def _power_of(base: Fraction, exponent: int) -> Fraction:
    size = max(base.numerator.bit_length(), base.denominator.bit_length())
    if abs(exponent) > _MOST_POWER or size * abs(exponent) > _MOST_BITS:
        if base in (0, 1, -1) and exponent > 0:
            return base if base >= 0 or exponent % 2 else _ONE
        raise TooLarge("a power of too many digits")
    return base**exponent


def _checked(value: Fraction) -> Fraction:
    if value.numerator.bit_length() + value.denominator.bit_length() > 2 * _MOST_BITS:
        raise TooLarge("too many digits")
    return value


def _opaque(name: str, *parts: Exact) -> Exact:
    told = ";".join(text_of(part) for part in parts)
    if len(told) > 4_000:
        raise TooLarge("too many terms")
    return {((f"@{name}({told})", _ONE),): _ONE}


def text_of(value: Exact) -> str:
    """A text that is the same for the same value."""
    parts = []
    for term, coefficient in value.items():
        things = " ".join(f"{thing}^{power}" for thing, power in term)
        parts.append(f"{coefficient.numerator:x}/{coefficient.denominator:x} {things}")
    return " + ".join(sorted(parts))


def _power(base: Exact, exponent: Exact) -> Exact:
    by = rational(exponent)
    if by is None:
        return _opaque("power", base, exponent)
    if by == 0:
        if not base:
            raise ZeroDivisionError
        return {(): _ONE}
    if not base:
        if by < 0:
            raise ZeroDivisionError
        return {}
    if by.denominator == 1:
        return _whole_power(base, int(by))
    if len(base) == 1:
        ((term, coefficient),) = base.items()
        if found := _root_of_term(term, coefficient, by):
            return found
    return _opaque("power", base, exponent)


def _whole_power(base: Exact, by: int) -> Exact:
    if len(base) == 1:
        ((term, coefficient),) = base.items()
        kept, factor = _reduced({thing: power * by for thing, power in term})
        return {kept: _checked(_power_of(coefficient, by) * factor)}
    if by < 0:
        return _inverse(_whole_power(base, -by))
    if by > 64:
        return _opaque("power", base, {(): Fraction(by)})
    result = base
    for _ in range(by - 1):
        result = _product(result, base)
    return result


def _inverse(value: Exact) -> Exact:
    if not value:
        raise ZeroDivisionError
    if len(value) == 1:
        return _whole_power(value, -1)
    lead = value[max(value)]
    scaled = {term: coefficient / lead for term, coefficient in value.items()}
    return dict.fromkeys(_opaque("inverse", scaled), 1 / lead)


def _root_of_term(term: Term, coefficient: Fraction, by: Fraction) -> Exact | None:
    """A term to a power that is no whole number, where that has one value."""
    plain = all(thing in ("pi", "e") or thing.isdigit() for thing, _ in term)
    if not plain and (len(term) > 1 or term[0][1] != 1 or term[0][0][0] != "$"):
        return None
    powers = {thing: power * by for thing, power in term}
    if coefficient < 0:
        if by.denominator != 2 or not plain:
            return None
        powers["i"] = Fraction(by.numerator)
    for number, sign in ((abs(coefficient.numerator), 1), (coefficient.denominator, -1)):
        primes = _factors(number)
        if primes is None:
            return None
        for prime, times in primes.items():
            powers[str(prime)] = powers.get(str(prime), Fraction(0)) + times * by * sign
    kept, factor = _reduced(powers)
    return {kept: _checked(factor)}


def _factors(number: int) -> dict[int, int] | None:
    """The prime factors of a number up to 10⁸, or of a square of one; None for others."""
    if number > _MOST_ROOTED:
        root = math.isqrt(number) if number < _MOST_ROOTED**2 else 0
        halves = _factors(root) if root and root * root == number else None
        return {prime: 2 * times for prime, times in halves.items()} if halves else None
    found: dict[int, int] = {}
    prime = 2
    while prime * prime <= number:
        while number % prime == 0:
            number //= prime
            found[prime] = found.get(prime, 0) + 1
        prime += 1 if prime == 2 else 2
    if number > 1:
        found[number] = found.get(number, 0) + 1
    return found


def _mul(node: Node) -> Exact:
    total = exact(node[1])
    for part in node[2:]:
        total = _product(total, exact(part))
    return total


def _add(node: Node) -> Exact:
    total = dict(exact(node[1]))
    for part in node[2:]:
        for term, coefficient in exact(part).items():
            _add_to(total, term, coefficient)
    return total


def _root(node: Node) -> Exact:
    degree, inside = rational(exact(node[1])), exact(node[2])
    if not degree:
        raise ZeroDivisionError
    value = rational(inside)
    if value is not None and value < 0 and degree.denominator == 1 and degree.numerator % 2:
        # The real root, as schools have it.
        positive = _power({(): -value}, {(): 1 / degree})
        return {term: -coefficient for term, coefficient in positive.items()}
    return _power(inside, {(): 1 / degree})


def _factorial(node: Node) -> Exact:
    inside = exact(node[1])
    value = rational(inside)
    if value is None:
        return _opaque("factorial", inside)
    if value.denominator != 1 or value < 0:
        raise ZeroDivisionError
    if value > _MOST_FACTORIAL:
        raise TooLarge("a factorial of too many digits")
    return {(): Fraction(math.factorial(int(value)))}


def _binomial(node: Node) -> Exact:
    above, below = exact(node[1]), exact(node[2])
    n, k = rational(above), rational(below)
    if n is None or k is None or n.denominator != 1 or k.denominator != 1 or not 0 <= n <= _MOST_FACTORIAL:
        return _opaque("binomial", above, below)
    chosen = math.comb(int(n), int(k)) if k >= 0 else 0
    return {(): Fraction(chosen)} if chosen else {}


def _function(node: Node) -> Exact:
    inside = [exact(part) for part in node[2:]]
    values = [rational(part) for part in inside]
    if node[1] == "abs" and values[0] is not None:
        return {(): abs(values[0])} if values[0] else {}
    if node[1] in ("max", "min") and inside and None not in values:
        known = [value for value in values if value is not None]
        chosen = max(known) if node[1] == "max" else min(known)
        return {(): chosen} if chosen else {}
    return _opaque(node[1], *inside)


def _infinity(node: Node) -> Exact:
    raise TooLarge("infinity")


_HOW: dict[str, Callable[[Node], Exact]] = {
    "num": lambda node: {(): node[1]} if node[1] else {},
    "const": lambda node: {((node[1], _ONE),): _ONE},
    "sym": lambda node: {((f"${node[1]}", _ONE),): _ONE},
    "inf": _infinity,
    "add": _add,
    "mul": _mul,
    "neg": lambda node: {term: -coefficient for term, coefficient in exact(node[1]).items()},
    "div": lambda node: _product(exact(node[1]), _inverse(exact(node[2]))),
    "pow": lambda node: _power(exact(node[1]), exact(node[2])),
    "root": _root,
    "fact": _factorial,
    "binom": _binomial,
    "fn": _function,
}
