"""What a search asks for and is told: nodes of a tree of reasoning, and their scores.

A search is a generator: it yields a round, a sequence of asks, and is sent the answers in the same order. It
draws nothing and calls nobody, so the same answers make the same search, one by one or many at once, and a
search that was cut short goes on when it is told again what it was told before.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of reasoning: what was said from the beginning on, a text a step.

    `ended` tells that the model had no more to say, `cut` that a limit or a filter ended it.
    """

    steps: tuple[str, ...] = ()
    ended: bool = False
    cut: bool = False

    @property
    def text(self) -> str:
        return "".join(self.steps)

    @property
    def open(self) -> bool:
        """Whether it can go on."""
        return not self.ended and not self.cut


ROOT = Node()


@dataclass(frozen=True, slots=True)
class Grow:
    """Asks for a further step of `parent`: the one of this number (`draw`) or, if `greedy`, the likeliest.
    The answer is a Node. The same ask has the same answer."""

    parent: Node
    draw: int = 0
    greedy: bool = False


@dataclass(frozen=True, slots=True)
class Rate:
    """Asks for the score of a node, from 0 to 1 where a PRM gives it. The answer is a float."""

    node: Node


@dataclass(frozen=True, slots=True)
class Verify:
    """Asks whether a chain passes: 1.0, or 0.0. Those that are asked about are the first ones that the
    search returns, in this order."""

    node: Node


Ask = Grow | Rate | Verify
Round = Sequence[Grow] | Sequence[Rate] | Sequence[Verify]
Steps = Generator[Round, Sequence[Any], T]
Search = Steps[list[Node]]
"""A search. What it returns are its chains, each once, in the order in which they were found; one that did
not end is among them where none did."""


def driven(search: Search, answer: Callable[[Ask], Any]) -> list[Node]:
    """The chains of a search whose every ask has an answer at hand."""
    asks = next(search)
    try:
        while True:
            asks = search.send([answer(ask) for ask in asks])
    except StopIteration as end:
        chains: list[Node] = end.value
        return chains


def grown(asks: Sequence[Grow]) -> Steps[list[Node]]:
    """The answers to asks for steps, which are not made where there are none."""
    return list((yield asks)) if asks else []


def rated(nodes: Iterable[Node]) -> Steps[dict[Node, float]]:
    """The scores of nodes, each asked for once."""
    each = list(dict.fromkeys(nodes))
    return dict(zip(each, (yield [Rate(node) for node in each]), strict=True)) if each else {}


def verified(nodes: Iterable[Node]) -> Steps[dict[Node, float]]:
    """Whether chains pass, each asked about once."""
    each = list(dict.fromkeys(nodes))
    return dict(zip(each, (yield [Verify(node) for node in each]), strict=True)) if each else {}


def branches(parents: Iterable[Node], each: int) -> list[Grow]:
    """`each` further steps of every parent. One that is there twice gets other steps the second time.

    >>> [ask.draw for ask in branches([ROOT, ROOT], 2)]
    [0, 1, 2, 3]
    """
    drawn: dict[Node, int] = {}
    asks = []
    for parent in parents:
        start = drawn.get(parent, 0)
        asks += [Grow(parent, draw) for draw in range(start, start + each)]
        drawn[parent] = start + each
    return asks


def distinct(nodes: Iterable[Node]) -> list[Node]:
    """Each node once, in order: those that say the same are one.

    >>> distinct([Node(("a",)), Node(("a",), ended=True)])
    [Node(steps=('a',), ended=False, cut=False)]
    """
    first: dict[tuple[str, ...], Node] = {}
    for node in nodes:
        first.setdefault(node.steps, node)
    return list(first.values())


def best(nodes: Iterable[Node], scores: dict[Node, float], most: int) -> list[Node]:
    """At most so many with the highest scores, of equals the first."""
    return sorted(nodes, key=lambda node: -scores[node])[:most]


def result(ended: Sequence[Node], left: Sequence[Node]) -> list[Node]:
    """The chains: those that ended, or where none did, what is left."""
    return distinct(ended) or distinct(left)
