"""Whether two answers are equal: yes, no, or None, which is "not to be told from here"."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from winnow.verifiers.golden.math.equality import Told, same_tree
from winnow.verifiers.golden.math.exact import TooLarge, exact, multiple, rational
from winnow.verifiers.golden.math.expression import Node
from winnow.verifiers.golden.math.structure import (
    Answer,
    Equation,
    Group,
    Interval,
    Matrix,
    Relation,
    Union,
    Value,
    Words,
)
from winnow.verifiers.golden.math.units import conflict
from winnow.verifiers.golden.math.wording import key_of

Trees = Callable[[Node, Node], Told]
_HUNDREDTH = ("num", Fraction(1, 100))


class Comparison:
    """Compares structures; `same` decides on two expressions, `percent` on what that sign is worth."""

    def __init__(self, percent: str, same: Trees = same_tree) -> None:
        self.percent, self.same = percent, same

    def equal(self, gold: Answer, found: Answer) -> Told:
        """Whether `found` is the answer `gold`."""
        if isinstance(gold, Equation) or isinstance(found, Equation):
            return self._equations(gold, found)
        if isinstance(gold, Interval) or isinstance(found, Interval):
            gold, found = _as_interval(gold), _as_interval(found)
        if isinstance(gold, Group) or isinstance(found, Group):
            return self._groups(gold, found)
        if isinstance(gold, Words) or isinstance(found, Words):
            return self._words(gold, found)
        if isinstance(gold, Value) and isinstance(found, Value):
            return self._values(gold, found)
        if isinstance(gold, Interval) and isinstance(found, Interval):
            ends = [(gold.low, found.low), (gold.high, found.high)]
            return gold.closed == found.closed and self._each(ends)
        if isinstance(gold, Union) and isinstance(found, Union):
            return self._cover(gold.parts, found.parts) or None
        if isinstance(gold, Matrix) and isinstance(found, Matrix):
            return self._matrices(gold, found)
        if isinstance(gold, Relation) and isinstance(found, Relation):
            return self._relations(gold, found)
        # An interval may be written as a union or a relation, nothing else as another kind of thing.
        sets = (Interval, Union, Relation)
        return None if isinstance(gold, sets) and isinstance(found, sets) else False

    def _values(self, gold: Value, found: Value) -> Told:
        if conflict(gold.unit, found.unit):
            return False
        one, other = gold.tree, found.tree
        if self.percent == "unit" or not (gold.percent or found.percent):
            return self.same(one, other)
        if gold.percent and found.percent:
            return self.same(one, other)
        one_hundredth = ("mul", one, _HUNDREDTH) if gold.percent else one
        other_hundredth = ("mul", other, _HUNDREDTH) if found.percent else other
        told = self.same(one_hundredth, other_hundredth)
        return told if self.percent == "hundredth" else _any((told, self.same(one, other)))

    def _words(self, gold: Answer, found: Answer) -> Told:
        one, other = _key(gold), _key(found)
        return one is not None and one == other

    def _equations(self, gold: Answer, found: Answer) -> Told:
        if not isinstance(found, Equation):
            return self.equal(gold.right, found) if isinstance(gold, Equation) and gold.name else False
        if not isinstance(gold, Equation):
            return self.equal(gold, found.right) if found.name else False
        if gold.name and gold.name == found.name:
            return self.equal(gold.right, found.right)
        one, other = _difference(gold), _difference(found)
        if one is None or other is None:
            return False
        try:
            left, right = exact(one), exact(other)
        except ZeroDivisionError:
            return False
        except TooLarge:
            return None
        if multiple(left, right):
            return True
        constant = rational(left) is not None or rational(right) is not None
        return False if constant or (gold.name and found.name and len(gold.name) == 1) else None

    def _relations(self, gold: Relation, found: Relation) -> Told:
        turned = {"<": ">", ">": "<", r"\le": r"\ge", r"\ge": r"\le", r"\ne": r"\ne"}
        if gold.sign == found.sign:
            return True if self._each_tree([(gold.left, found.left), (gold.right, found.right)]) else None
        if turned[gold.sign] == found.sign:
            return True if self._each_tree([(gold.left, found.right), (gold.right, found.left)]) else None
        return None

    def _groups(self, gold: Answer, found: Answer) -> Told:
        if not isinstance(gold, Group):
            return self._group_and_other(found, gold, lambda one, other: self.equal(other, one))
        if not isinstance(found, Group):
            return self._group_and_other(gold, found, self.equal)
        ordered = {"tuple", "ratio"}
        if gold.kind == "ratio" or found.kind == "ratio":
            return gold.kind == found.kind and self._in_order(gold.items, found.items)
        if gold.kind == "tuple" and found.kind == "tuple":
            return self._in_order(gold.items, found.items)
        if gold.kind in ordered or found.kind in ordered:
            if "set" in (gold.kind, found.kind):
                return False
            return self._in_order(_unnamed(gold.items), _unnamed(found.items))
        if _named(gold.items) != _named(found.items):
            one, other = _unnamed(gold.items), _unnamed(found.items)
            return (
                self._in_order(one, other) if _different(gold.items, found.items) else self._cover(one, other)
            )
        if "set" not in (gold.kind, found.kind):
            return self._match(gold.items, found.items)
        return self._cover(gold.items, found.items)

    def _group_and_other(self, group: Answer, other: Answer, equal: Callable[[Answer, Answer], Told]) -> Told:
        if not isinstance(group, Group):
            return False
        if len(group.items) == 1 and group.kind == "set":
            return equal(group.items[0], other)
        if isinstance(other, Matrix) and group.kind == "tuple" and 1 in (len(other.rows), len(other.rows[0])):
            flat = [item for row in other.rows for item in row]
            if len(flat) != len(group.items):
                return False
            return _all(equal(one, two) for one, two in zip(group.items, flat, strict=True))
        if isinstance(other, Union) and len(group.items) == 2 and group.kind == "tuple":
            return None
        return False

    def _matrices(self, gold: Matrix, found: Matrix) -> Told:
        if [len(row) for row in gold.rows] != [len(row) for row in found.rows]:
            return False
        return _all(self._in_order(one, other) for one, other in zip(gold.rows, found.rows, strict=True))

    def _in_order(self, gold: Sequence[Answer], found: Sequence[Answer]) -> Told:
        return len(gold) == len(found) and self._each(list(zip(gold, found, strict=True)))

    def _each(self, pairs: list[tuple[Answer, Answer]]) -> Told:
        return _all(self.equal(one, other) for one, other in pairs)

    def _each_tree(self, pairs: list[tuple[Node, Node]]) -> Told:
        return _all(self.same(one, other) for one, other in pairs)

    def _match(self, gold: Sequence[Answer], found: Sequence[Answer]) -> Told:
        """Whether each of one list has a partner of its own in the other."""
        if len(gold) != len(found):
            return False
        left, unknown = list(found), False
        for one in gold:
            told = [self.equal(one, other) for other in left]
            if True in told:
                left.pop(told.index(True))
            elif None in told:
                unknown = True
            else:
                return False
        return None if unknown else True

    def _cover(self, gold: Sequence[Answer], found: Sequence[Answer]) -> Told:
        """Whether each is equal to one of the others, on both sides."""
        table = [[self.equal(one, other) for other in found] for one in gold]
        columns = list(zip(*table, strict=True)) if table else [()] * len(found)
        return _all(_any(line) for line in [*table, *columns])


def _as_interval(answer: Answer) -> Answer:
    """`(1, 2)` may be a point or an interval: beside an interval it is one."""
    if isinstance(answer, Group) and answer.kind == "tuple" and len(answer.items) == 2:
        return Interval(answer.items[0], answer.items[1], (False, False))
    return answer


def _all(told: Iterable[Told]) -> Told:
    unknown = False
    for one in told:
        if one is False:
            return False
        unknown = unknown or one is None
    return None if unknown else True


def _any(told: Iterable[Told]) -> Told:
    found = list(told)
    return True if True in found else None if None in found else False


def _key(answer: Answer) -> str | None:
    """The words of an answer; those of a single letter, too."""
    if isinstance(answer, Words):
        return answer.key
    if isinstance(answer, Value) and answer.tree[0] in ("sym", "const") and len(answer.tree[1]) == 1:
        return key_of(str(answer.tree[1]))
    return None


def _difference(equation: Equation) -> Node | None:
    """The left side less the right one, where both are expressions."""
    if not isinstance(equation.right, Value):
        return None
    return ("add", equation.left, ("neg", equation.right.tree))


def _named(items: Sequence[Answer]) -> bool:
    return any(isinstance(item, Equation) and item.name for item in items)


def _unnamed(items: Sequence[Answer]) -> list[Answer]:
    return [item.right if isinstance(item, Equation) and item.name else item for item in items]


def _different(*groups: Sequence[Answer]) -> bool:
    """Whether the names in a list are of several things, such as `x = 1, y = 2`."""
    names = [item.name for items in groups for item in items if isinstance(item, Equation)]
    return len(set(names)) == len(names) > 1
