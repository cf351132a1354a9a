"""The slow path: many digits by mpmath, then math-verify, whose "equal" is checked by many digits again.

For worker processes only: it may take seconds. What could take for ever (towers of powers, factorials of
millions) is refused before.
"""

from __future__ import annotations

import logging
import math
import re
from typing import Any

from winnow.verifiers.golden.math.equality import Told, same_tree
from winnow.verifiers.golden.math.expression import Node
from winnow.verifiers.golden.math.numeric import Evaluator, NoValue, point
from winnow.verifiers.golden.math.precise import Precise

_DIGITS = (50, 120)
_TURNS = 4
_BASES = (2.718281828459045, 10.0)
_LONGEST = 400
_DEEPEST = 20
_WILD = re.compile(
    r"[0-9]{40}"  # long numbers
    r"|\^ ?\{? ?-? ?[0-9]{4}|\^[^+=,;]{0,40}\^"  # large powers, and powers of powers
    r"|[0-9]{4,} ?!|![ )}]*!|\)\s*!"  # large factorials, and those of who knows what
    r"|\\(?:sum|prod|int|lim|binom)(?![A-Za-z])|\\binom ?\{[0-9]{4}"
    r"|[^\x20-\x7e]|'"
)
_PROSE = re.compile(r"[A-Za-z]{4,}")
_STRUCTURE = re.compile(
    # math-verify reads one side of what stands on both of these, or nothing of what they strike out.
    r"\\(?:\w*arrow|to|mapsto|implies|iff|neg?|lnot|leq?|geq?|lt|gt|approx|sim|equiv|in|notin|setminus|cup|cap"
    r"|oplus|otimes|land|lor|backslash|\w*phantom|\w*cancel|not|tag|stackrel|overset|underset|text|mbox)(?![A-Za-z])"
    r"|[=<>?&_~]|(?<![A-Za-z])(?:or|not|and)(?![A-Za-z])"
)
_COMMANDS = re.compile(r"\\[A-Za-z]+ ?|(?<![A-Za-z])(?:sqrt|sinh|cosh|tanh)(?![A-Za-z])")
_TINY = 1e-55
_ENDLESS = 1e20
_COARSE = 1e-50
_MOST_DIGITS = 5_000  # before the point


def same_tree_precisely(one: Node, other: Node) -> Told:
    """Whether two expressions have one value: by proof, or because they agree to 120 digits behind the point.

    Symbols take several values of either sign. A difference that does not shrink when the digits grow is one.
    """
    told = same_tree(one, other)
    if told is not None:
        return told
    verdicts = {_same_with_base(one, other, base) for base in _BASES}
    return verdicts.pop() if len(verdicts) == 1 else None


def _same_with_base(one: Node, other: Node, base: float) -> Told:
    agreed = 0
    for turn in range(_TURNS):
        try:
            most = max(tree.most for tree in _walks(one, other, _DIGITS[0], turn, base))
            coarse, fine = (_values(one, other, digits + most, turn, base) for digits in _DIGITS)
        except NoValue:
            continue
        if _grows(coarse, fine):
            continue  # a division by what should have been nothing
        if not _vanishes(coarse, fine):
            return False
        agreed += 1
    return True if agreed >= 2 else None


def _values(one: Node, other: Node, digits: int, turn: int, base: float) -> tuple[Any, Any]:
    first, second = (walk.value for walk in _walks(one, other, digits, turn, base))
    return first, second


def _walks(one: Node, other: Node, digits: int, turn: int, base: float) -> tuple[_Walk, _Walk]:
    return _Walk(one, Precise(digits), turn, base), _Walk(other, Precise(digits), turn, base)


class _Walk(Evaluator):
    """The value of a tree, and how many digits stand before the point of the largest number on the way.

    That many are added to the precision: what is next to nothing beside a large number is a difference too.
    """

    def __init__(self, tree: Node, by: Precise, turn: int, base: float) -> None:
        super().__init__(by, turn, base)
        self.most = 0
        self.value = self.of(tree)

    def _value(self, node: Node) -> Any:
        value = super()._value(node)
        if value:
            self.most = max(self.most, _digits_before_point(self.by.mp.mag(value)))
        return value


def _digits_before_point(bits: int) -> int:
    digits = int(max(bits, 0) * math.log10(2))
    if digits > _MOST_DIGITS:
        raise NoValue("out of reach")
    return digits


def _grows(coarse: tuple[Any, Any], fine: tuple[Any, Any]) -> bool:
    """Whether one of two values has no end: more digits make it larger by far."""
    return any(abs(late) > _ENDLESS * (abs(early) + 1) for early, late in zip(coarse, fine, strict=True))


def _vanishes(coarse: tuple[Any, Any], fine: tuple[Any, Any]) -> bool:
    """Whether two values differ by rounding alone: with 70 digits more, that shrinks."""
    apart = abs(fine[0] - fine[1])
    size = min(abs(fine[0]) + abs(fine[1]), 1)
    return bool(not apart or apart <= max(abs(coarse[0] - coarse[1]), size * _COARSE) * _TINY)


def confirmed(gold: str, found: str) -> bool:
    """Whether math-verify takes two normalised answers for equal, and many digits do not say otherwise."""
    if _is_wild(found) or _is_wild(gold) or _holds_more(gold, found):
        return False
    parsed_gold, parsed_found = _parsed(gold), _parsed(found)
    if not parsed_gold or not parsed_found:
        return False
    from math_verify import verify

    try:
        if not verify(parsed_gold, parsed_found, timeout_seconds=None):
            return False
    except MemoryError:
        raise  # trouble of ours
    except Exception:  # noqa: BLE001 - sympy raises anything on what it cannot compare: not equal
        return False
    return not _refuted(parsed_gold[0], parsed_found[0])


def _holds_more(gold: str, found: str) -> bool:
    """Whether the gold could stand in an answer beside something else, out of which it would be picked.

    Such are relations, arrows and what strikes out, where the gold has none, and brackets left open.
    """
    depth = 0
    for sign in found:
        depth += (sign in "([{") - (sign in ")]}")
        if depth < 0:
            return True
    return depth != 0 or not set(_STRUCTURE.findall(found)) <= set(_STRUCTURE.findall(gold))


def _is_wild(text: str) -> bool:
    """Whether a text could keep sympy busy for ever, or is prose, out of which it would pick a number."""
    if len(text) > _LONGEST or _WILD.search(text) or text.count("^") > 12:
        return True
    depth = deepest = 0
    for sign in text:
        depth += (sign in "({[") - (sign in ")}]")
        deepest = max(deepest, depth)
    return deepest > _DEEPEST or bool(_PROSE.search(_COMMANDS.sub(" ", text)))


def _parsed(text: str) -> list[Any]:
    from math_verify import LatexExtractionConfig, parse

    logging.getLogger("math_verify").setLevel(logging.ERROR)  # it warns that the deadline is ours
    try:
        return list(
            parse(
                f"\\boxed{{{text}}}",
                extraction_config=[LatexExtractionConfig(boxed_match_priority=0)],
                parsing_timeout=None,
                fallback_mode="no_fallback",
            )
        )
    except MemoryError:
        raise  # trouble of ours
    except Exception:  # noqa: BLE001 - what its parser stumbles on is no answer that we know
        return []


def _refuted(gold: Any, found: Any) -> bool:
    """Whether two things of sympy's that were taken for equal differ in value."""
    from sympy import Expr, FiniteSet, Tuple

    if isinstance(gold, Expr) and isinstance(found, Expr):
        return _expressions_differ(gold, found)
    groups = (FiniteSet, Tuple)
    if isinstance(gold, groups) and isinstance(found, groups):
        return any(all(_refuted(one, other) for other in found.args) for one in gold.args)
    return False


def _expressions_differ(gold: Any, found: Any) -> bool:
    from sympy import Integer, Rational, log

    names = sorted(gold.free_symbols | found.free_symbols, key=str)
    for turn in range(_TURNS):
        values = {name: Rational(point(str(name), turn)) for name in names}
        try:
            one, other = gold.subs(values), found.subs(values)
            larger = max(abs(one.evalf(5)), abs(other.evalf(5)), Integer(1))
            most = _digits_before_point(int(log(larger, 2).evalf(5)) + 1)
            coarse, fine = ((one.evalf(digits + most), other.evalf(digits + most)) for digits in _DIGITS)
            if all(value.is_number for value in fine) and not _vanishes(coarse, fine):
                return True
        except Exception:  # noqa: BLE001 - no value at this point; another may have one
            continue
    return False
