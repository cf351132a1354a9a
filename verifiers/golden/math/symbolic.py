"""The slow path: many digits by mpmath, then math-verify, whose "equal" is checked by many digits again.

For worker processes only: it may take seconds. What could take for ever (towers of powers, factorials of
millions) is refused before.
"""

from __future__ import annotations

import logging
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
_COMMANDS = re.compile(r"\\[A-Za-z]+ ?|(?<![A-Za-z])(?:sqrt|sinh|cosh|tanh)(?![A-Za-z])")
_TINY = 1e-55
_ENDLESS = 1e20
_COARSE = 1e-50


def same_tree_precisely(one: Node, other: Node) -> Told:
    """Whether two expressions have one value: by proof, or because they agree to 120 digits.

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
            coarse, fine = (_values(one, other, digits, turn, base) for digits in _DIGITS)
        except NoValue:
            continue
        if _grows(coarse, fine):
            continue  # a division by what should have been nothing
        if not _vanishes(coarse, fine):
            return False
        agreed += 1
    return True if agreed >= 2 else None


def _values(one: Node, other: Node, digits: int, turn: int, base: float) -> tuple[Any, Any]:
    by = Evaluator(Precise(digits), turn, base)
    return by.of(one), by.of(other)


def _grows(coarse: tuple[Any, Any], fine: tuple[Any, Any]) -> bool:
    """Whether one of two values has no end: more digits make it larger by far."""
    return any(abs(late) > _ENDLESS * (abs(early) + 1) for early, late in zip(coarse, fine, strict=True))


def _vanishes(coarse: tuple[Any, Any], fine: tuple[Any, Any]) -> bool:
    """Whether two values differ by rounding alone: from 50 digits to 120, that shrinks."""
    apart = abs(fine[0] - fine[1])
    size = abs(fine[0]) + abs(fine[1])
    return bool(not apart or apart <= max(abs(coarse[0] - coarse[1]), size * _COARSE) * _TINY)


def confirmed(gold: str, found: str) -> bool:
    """Whether math-verify takes two normalised answers for equal, and many digits do not say otherwise."""
    if _is_wild(found) or _is_wild(gold):
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
    names = sorted(gold.free_symbols | found.free_symbols, key=str)
    for turn in range(_TURNS):
        values = {name: point(str(name), turn) for name in names}
        try:
            one, other = gold.subs(values), found.subs(values)
            coarse, fine = ((one.evalf(digits), other.evalf(digits)) for digits in _DIGITS)
            if all(value.is_number for value in fine) and not _vanishes(coarse, fine):
                return True
        except Exception:  # noqa: BLE001 - no value at this point; another may have one
            continue
    return False
