"""Wrong answers made of right ones: what a verifier that passes one of them lets through.

Mutation analysis (DeMillo, Lipton, Sayward 1978, "Hints on test data selection") turned on golden answers
and on gold code: each mutant differs from the gold in one place, and is wrong in all but freak cases.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator

_LONGEST = 20_000  # characters: a gold longer than that is no answer, and no function
_NUMBER = re.compile(r"\d*\.\d+|\d+")
_CHOICE = re.compile(r"\(?([A-J])\)?")
_FENCE = re.compile(r"```(?:python|py)?\n(.*?)```", re.DOTALL)
_UNIT = re.compile(
    r"(?<=\d)(?P<gap>\s*\\?[;,!]?\s*(?:\\(?:text|mathrm|mbox)\{\s*)?)"
    r"(?P<unit>mm|cm|km|m|mg|kg|g|ml|l|seconds?|minutes?|hours?|days?|weeks?|cents?|dollars?|inch(?:es)?"
    r"|feet|miles?)(?![A-Za-z])"
)
_OTHER = {
    "mm": "cm", "cm": "km", "m": "cm", "km": "m", "mg": "kg", "g": "kg", "kg": "g", "ml": "l", "l": "ml",
    "second": "hour", "minute": "hour", "hour": "day", "day": "hour", "week": "day", "cent": "dollar",
    "dollar": "cent", "inch": "mile", "feet": "miles", "mile": "inch",
}  # fmt: skip
_MOST_CODE = 8  # mutants of one program
_SWAPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq
}  # fmt: skip


def mutants(answer: str) -> Iterator[tuple[str, str]]:
    """Answers that are wrong where `answer` is right, each with the kind of its mutation.

    >>> list(mutants("-12 cm"))
    [('number', '-13 cm'), ('magnitude', '-120 cm'), ('sign', '12 cm'), ('unit', '-12 km')]
    >>> list(mutants("(C)")), list(mutants("Paris"))
    ([('choice', '(D)')], [])
    """
    if len(answer) > _LONGEST:
        return
    numbers = list(_NUMBER.finditer(answer))
    if numbers:
        first, last = numbers[0], numbers[-1]
        yield "number", _put(answer, last, _next(last[0]))
        if last[0].strip("0.") and not answer[: last.start()].endswith((",", "}")):  # no group of 1,000
            yield "magnitude", _put(answer, last, _shifted(last[0]))
        if first[0].strip("0.") and "\\pm" not in answer and "±" not in answer:
            yield "sign", _negated(answer, first.start())
    if unit := _UNIT.search(answer):
        yield "unit", answer[: unit.start("unit")] + _unit(unit["unit"]) + answer[unit.end("unit") :]
    if choice := _CHOICE.fullmatch(answer.strip()):
        letter = chr(ord(choice[1]) + (1 if choice[1] < "D" else -1))
        yield "choice", answer.replace(choice[1], letter)


def code_mutants(gold: str) -> Iterator[tuple[str, str]]:
    """Python programs that are off by one, or compare the wrong way, in one place each.

    `gold` is a program, or holds one between fences; anything else has no mutants.

    >>> [text for _, text in code_mutants("def last(xs):\\n    return xs[len(xs) - 1]")]
    ['def last(xs):\\n    return xs[len(xs) - 2]']
    """
    fenced = _FENCE.search(gold)
    source = fenced[1] if fenced else gold
    if len(source) > _LONGEST:
        return
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    places = [at for at, node in enumerate(ast.walk(tree)) if _kind(node)]
    for at in places[:_MOST_CODE]:
        changed = copy.deepcopy(tree)
        node = next(node for place, node in enumerate(ast.walk(changed)) if place == at)
        kind = _kind(node)
        _change(node)
        text = ast.unparse(changed)
        yield kind, gold.replace(source, text + "\n") if fenced else text


def _kind(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return "off by one"
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _SWAPPED:
        return "comparison"
    return ""


def _change(node: ast.AST) -> None:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        node.value += 1
    elif isinstance(node, ast.Compare):
        node.ops[0] = _SWAPPED[type(node.ops[0])]()


def _put(answer: str, place: re.Match[str], text: str) -> str:
    return answer[: place.start()] + text + answer[place.end() :]


def _next(number: str) -> str:
    """The number with one more in its last figure; of a nine, one less: the length stays."""
    return number[:-1] + str(int(number[-1]) + (1 if number[-1] < "9" else -1))


def _shifted(number: str) -> str:
    whole, point, decimals = number.partition(".")
    return whole + decimals if point and (whole + decimals).strip("0") != number else f"{number}0"


def _negated(answer: str, at: int) -> str:
    before = answer[:at].rstrip()
    if before.endswith(("-", "\N{MINUS SIGN}")):
        return before[:-1] + answer[at:]
    return answer[:at] + "-" + answer[at:]


def _unit(unit: str) -> str:
    stem = unit.removesuffix("es") if unit == "inches" else unit.removesuffix("s")
    other = _OTHER[stem]
    return other + "s" if unit.endswith("s") and not other.endswith("s") else other
