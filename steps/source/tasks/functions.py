"""A family that asks for a small Python function, and tests it: unlike the others it needs the sandbox.

One test proves little: `len(xs)` is the last item of `[1, 2, 3]`. Each function has at least five, on
arguments chosen so that the usual mistakes differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from winnow.steps.source.tasks.family import Task, asked, family

_NUMBERS: Sequence[list[int]] = ([], [5], [3, 8, -2, 8, 1], [0, -7, 12, 40, 7, 7], [30, 22, 19, 4, -31, 2])
_WHOLE = (0, 1, 7, -3, 24, 61)
_TEXTS = ("", "banana", "The cat sat on the mat", "aAbBcC eels", "xyz-xyz, see you")


@dataclass(frozen=True, slots=True)
class Kind:
    """Functions that differ in one value: what is asked (`{}` is the value), and the body that gives it."""

    name: str
    parameter: str
    request: str
    body: str
    values: Sequence[Any]
    arguments: Sequence[Any]


_SMALL, _MORE = range(2, 10), range(2, 60)
_LETTERS = "abcdehmnostx"
KINDS = (
    Kind("add", "x", "returns x plus {}", "x + {}", _MORE, _WHOLE),
    Kind("times", "x", "returns x times {}", "x * {}", _MORE, _WHOLE),
    Kind("remainder", "x", "returns the remainder of x divided by {}", "x % {}", _MORE, _WHOLE),
    Kind("divides", "x", "returns True if x is divisible by {} and False if not", "x % {} == 0",
         _SMALL, _WHOLE),
    Kind("at_most", "x", "returns the smaller one of x and {}", "min(x, {})", _MORE, _WHOLE),
    Kind("power", "x", "returns x to the power of {}", "x ** {}", _SMALL, _WHOLE),
    Kind("first", "xs", "returns a list of the first {} items of the list xs", "xs[:{}]", _SMALL, _NUMBERS),
    Kind("larger", "xs", "returns the items of the list xs that are larger than {}, in their order",
         "[x for x in xs if x > {}]", _MORE, _NUMBERS),
    Kind("count_larger", "xs", "returns how many items of the list xs are larger than {}",
         "sum(x > {} for x in xs)", _MORE, _NUMBERS),
    Kind("added", "xs", "returns a list of the items of the list xs, each plus {}", "[x + {} for x in xs]",
         _MORE, _NUMBERS),
    Kind("total_plus", "xs", "returns the sum of the list xs, plus {}", "sum(xs) + {}", _MORE, _NUMBERS),
    Kind("contains", "xs", "returns True if {} is in the list xs and False if not", "{} in xs",
         (1, 2, 3, 4, 5, 7, 8, 12), _NUMBERS),
    Kind("count_letter", "text", "returns how many times the letter {} occurs in the string text",
         "text.count({})", _LETTERS, _TEXTS),
    Kind("without_letter", "text", "returns the string text without any letter {}",
         "text.replace({}, '')", _LETTERS, _TEXTS),
    Kind("repeated", "text", "returns the string text repeated {} times", "text * {}", _SMALL, _TEXTS),
    Kind("longer", "text", "returns True if the string text has more than {} characters and False if not",
         "len(text) > {}", range(3, 21), _TEXTS),
)  # fmt: skip


@family
def function(rng: Random) -> Task:
    """A Python function of one argument, with its tests and a solution."""
    kind = rng.choice(KINDS)
    return function_of(kind, rng.choice(kind.values))


def function_of(kind: Kind, value: Any) -> Task:
    """Ask for the function of this kind with this value."""
    solution = f"def {kind.name}({kind.parameter}):\n    return {kind.body.format(repr(value))}\n"
    shown = repr(value) if isinstance(value, str) else value
    request = f"Write a Python function {kind.name}({kind.parameter}) that {kind.request.format(shown)}."
    right = _compiled(solution, kind.name)
    tests = [f"assert {kind.name}({one!r}) == {right(one)!r}" for one in kind.arguments]
    reference = {"entry_point": kind.name, "test": tests, "gold": solution}
    return asked(request, "unit_tests", reference=reference)


def _compiled(solution: str, name: str) -> Callable[[Any], Any]:
    names: dict[str, Any] = {}
    exec(solution, names)  # noqa: S102 - it is ours
    found: Callable[[Any], Any] = names[name]
    return found
