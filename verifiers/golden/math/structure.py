r"""What an answer is: a value, a list, a tuple, a set, an interval, a matrix, an equation, or words.

`read` takes a normalised text apart; the parts that are expressions are parsed by `expression`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from winnow.verifiers.golden.math.equality import constant, same_tree
from winnow.verifiers.golden.math.expression import LONGEST, Node, parse
from winnow.verifiers.golden.math.normalisation import compact
from winnow.verifiers.golden.math.splitting import enclosed, split
from winnow.verifiers.golden.math.tokens import Unreadable
from winnow.verifiers.golden.math.units import measured
from winnow.verifiers.golden.math.wording import wording


@dataclass(frozen=True, slots=True)
class Value:
    """One expression, its unit (empty where it has none), and whether a sign of percent stood behind it."""

    tree: Node
    unit: str = ""
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """A name, a letter of a choice, yes or no."""

    key: str


@dataclass(frozen=True, slots=True)
class Group:
    """Several answers: their order counts in a `tuple` and a `ratio`, not in a `list` and a `set`."""

    kind: Literal["list", "set", "tuple", "ratio"]
    items: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`; `(a, b)` is read as a tuple of two, which is the same to a comparison."""

    low: Answer
    high: Answer
    closed: tuple[bool, bool]


@dataclass(frozen=True, slots=True)
class Union:
    parts: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    rows: tuple[tuple[Answer, ...], ...]


@dataclass(frozen=True, slots=True)
class Equation:
    """`left = right`; `name` is the left side where that is a name, as in `x = 5`."""

    left: Node
    right: Answer
    name: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """An inequality that is no interval of one named thing."""

    sign: str
    left: Node
    right: Node


Answer = Value | Words | Group | Interval | Union | Matrix | Equation | Relation

_THOUSANDS = re.compile(r"(?<![0-9.,])[1-9][0-9]{0,2}(?:,[0-9]{3})+(?![0-9])")
_ZERO_GROUP = re.compile(r"[0-9],0[0-9]{2}(?![0-9])")
_AND = re.compile(r"(?<!\{),? (?:or|and) ")
_DIGIT = re.compile(r"[0-9]")
_MATRIX = re.compile(r"\\begin ?\{([pbB]?matrix|array)\} ?(?:\{[lcr| ]{1,40}\})?(.*)\\end ?\{\1\}", re.DOTALL)
_ENDS = re.compile(r"\\cr(?![A-Za-z])")
_NAME = re.compile(
    r"(?:[A-Za-z]|\\[a-z]+)(?:_(?:[A-Za-z0-9]|\{[A-Za-z0-9]{1,9}\}))?(?:\([a-z](?:,[a-z])*\))?'?"
)
_TEXT_NAME = re.compile(r"\\text ?\{[^{}]*\}(?:_\{?\w+\}?)?|[A-Za-z][A-Za-z ]{3,60}")
_CONJUNCTIONS = tuple(rf"\text{{{word}}}" for word in ("or", "and", " or ", " and ", "or ", "and "))
_RELATIONS = ("<", ">", r"\le", r"\ge", r"\ne")
_TURNED = {"<": ">", ">": "<", r"\le": r"\ge", r"\ge": r"\le", r"\ne": r"\ne"}
_MOST_ITEMS = 60


def read(text: str, join: bool = True) -> Answer:
    r"""The structure of a normalised answer. `join` reads `1,234` as one number.

    >>> read("x = 5").name
    'x'
    >>> read("(1, 2]").closed
    (False, True)

    Raises:
        Unreadable: it has none that we know.
    """
    if len(text) > LONGEST:
        raise Unreadable("too long")
    if " or " in text or " and " in text:
        text = _AND.sub(r"\\text{or}", text) if _DIGIT.search(text) else text
    text = compact(text)
    if join and "," in text and (_ZERO_GROUP.search(text) or not re.search(r"[(\[]|\\\{", text)):
        text = _THOUSANDS.sub(lambda found: found[0].replace(",", ""), text)
    return _read(text, 0)


def _read(text: str, depth: int) -> Answer:
    if depth > 8:
        raise Unreadable("nested too deep")
    if not text:
        raise Unreadable("nothing")
    if text in (r"\emptyset", r"\{\}"):
        return Group("set", ())
    for how in (_words, _list, _membership, _union, _matrix, _equation, _inequality, _bracketed):
        found = how(text, depth)
        if found is not None:
            return found
    return _value(text)


def _words(text: str, depth: int) -> Answer | None:
    key = wording(text)
    return Words(key) if key is not None else None


def _list(text: str, depth: int) -> Answer | None:
    parts = split(text, (",", ";", *_CONJUNCTIONS))
    parts = [part.strip() for part in parts if part.strip()]
    if len(parts) < 2:
        return None
    return Group("list", _items(parts, depth))


def _items(parts: list[str], depth: int) -> tuple[Answer, ...]:
    if len(parts) > _MOST_ITEMS:
        raise Unreadable("too many items")
    items: list[Answer] = []
    for part in parts:
        found = _read(part.strip(), depth + 1)
        if isinstance(found, Group) and found.kind == "list":
            items += found.items  # 1 \pm 2 beside others
        else:
            items.append(found)
    return tuple(items)


def _membership(text: str, depth: int) -> Answer | None:
    parts = split(text, (r"\in",))
    if len(parts) == 1:
        return None
    if len(parts) > 2 or not _NAME.fullmatch(parts[0].strip()):
        raise Unreadable("a membership")
    return _read(parts[1].strip(), depth + 1)


def _union(text: str, depth: int) -> Answer | None:
    parts = split(text, (r"\cup",))
    return Union(_items(parts, depth)) if len(parts) > 1 else None


def _matrix(text: str, depth: int) -> Answer | None:
    if r"\begin" not in text:
        return None
    found = _MATRIX.fullmatch(text)
    if not found or r"\begin" in found[2]:
        raise Unreadable("an environment")
    rows = [row for row in _ENDS.split(found[2]) if row.strip()]
    if not rows or len(rows) > _MOST_ITEMS:
        raise Unreadable("an environment without rows")
    return Matrix(tuple(_items(row.split("&"), depth) for row in rows))


def _equation(text: str, depth: int) -> Answer | None:
    exactly = split(text, (r"\approx",))
    parts = [part.strip() for part in split(exactly[0], ("=",))]
    if len(exactly) > 1 and len(parts) == 1:
        parts = [parts[0]] if not _NAME.fullmatch(parts[0]) else [parts[0], exactly[1].strip()]
        if len(parts) == 1:
            return _read(parts[0], depth + 1)
    if len(parts) == 1:
        return None
    if not all(parts):
        raise Unreadable("half an equation")
    if _TEXT_NAME.fullmatch(parts[0]) and not _NAME.fullmatch(parts[0]):
        return _read(parts[-1], depth + 1)
    if _NAME.fullmatch(parts[0]):
        return Equation(parse_name(parts[0]), _read(parts[-1], depth + 1), parts[0])
    trees = [parse(part) for part in parts[:-1]]
    last = _value(parts[-1])
    if isinstance(last, Value) and all(constant(tree) for tree in (*trees, last.tree)):
        if all(same_tree(tree, last.tree) for tree in trees):
            return last  # a calculation that ends in its result
        raise Unreadable("an equation that does not hold")
    if len(parts) > 2:
        raise Unreadable("a chain of equations")
    return Equation(trees[0], last)


def parse_name(text: str) -> Node:
    """The tree of a name; that of a function's is a symbol called the same."""
    return ("sym", text) if "(" in text or "'" in text else parse(text)


def _inequality(text: str, depth: int) -> Answer | None:
    parts, signs = [], []
    rest = text
    while True:
        pieces = split(rest, _RELATIONS, most=1)
        parts.append(pieces[0].strip())
        if len(pieces) == 1:
            break
        sign = rest[len(pieces[0]) : len(rest) - len(pieces[1])]
        signs.append(sign)
        rest = pieces[1]
    if not signs:
        return None
    if len(signs) > 2 or not all(parts) or (len(signs) == 2 and r"\ne" in signs):
        raise Unreadable("a chain of inequalities")
    return _chained(parts, signs) if len(signs) == 2 else _single(parts, signs[0])


def _chained(parts: list[str], signs: list[str]) -> Answer:
    name = parts[1]
    upwards = [sign in ("<", r"\le") for sign in signs]
    if not _NAME.fullmatch(name) or upwards[0] != upwards[1]:
        raise Unreadable("a chain of inequalities")
    low, high = _value(parts[0]), _value(parts[2])
    closed = (signs[0] in (r"\le", r"\ge"), signs[1] in (r"\le", r"\ge"))
    inside = Interval(low, high, closed) if upwards[0] else Interval(high, low, closed[::-1])
    return Equation(parse_name(name), inside, name)


def _single(parts: list[str], sign: str) -> Answer:
    left, right = parts
    if _NAME.fullmatch(right) and not _NAME.fullmatch(left):
        left, right, sign = right, left, _TURNED[sign]
    if not _NAME.fullmatch(left) or sign == r"\ne":
        return Relation(sign, parse(left), parse(right))
    bound, infinite = _value(right), Value(("inf",))
    if sign in (">", r"\ge"):
        inside = Interval(bound, infinite, (sign == r"\ge", False))
    else:
        inside = Interval(Value(("neg", ("inf",))), bound, (False, sign == r"\le"))
    return Equation(parse_name(left), inside, left)


def _bracketed(text: str, depth: int) -> Answer | None:
    if text.startswith(r"\{") and enclosed(text):
        return Group("set", _items(split(text[2:-2], (",", ";")), depth))
    if text[0] not in "([" or not enclosed(text):
        ratio = split(text, (":",))
        return Group("ratio", _items(ratio, depth)) if len(ratio) > 1 else None
    parts = split(text[1:-1], (",", ";"))
    if len(parts) == 1:
        if text[-1] != {"(": ")", "[": "]"}[text[0]]:
            raise Unreadable("half an interval")
        return None
    items = _items(parts, depth)
    open_left, open_right = text[0] == "(", text[-1] == ")"
    if len(items) == 2 and not (open_left and open_right):
        return Interval(items[0], items[1], (not open_left, not open_right))
    if open_left != open_right:
        raise Unreadable("half an interval")
    return Group("tuple", items)


def _value(text: str) -> Answer:
    bare, unit, percent = measured(text)
    if r"\pm" not in bare and r"\mp" not in bare:
        return Value(parse(bare), unit, percent)
    both = tuple(Value(parse(bare, sign), unit, percent) for sign in (1, -1))
    return Group("list", both)
