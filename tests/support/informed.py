"""A model whose reasoning goes wrong step by step, and a PRM that knows so with a known accuracy.

A chain has `depth` steps. Each goes right with the problem's chance `p`, and what follows a wrong one is
wrong. A right chain ends in the right answer; a wrong one in one of a few wrong answers, half of the time in
the same. So a problem's pass rate is p ** depth.

The PRM's score of a beginning is the sigmoid of `apart` with noise of its own, or where it has gone wrong of
`-apart` with noise: a right beginning has the better score than a wrong one with the chance `accuracy`. With
the chance `blind` it overlooks an error, and then in all that follows: no sampling around it helps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import NormalDist

from winnow.steps.sample.search.node import Ask, Grow, Node, Rate
from winnow.steps.sample.search.tuning import Known, Option

_MASK = 2**64 - 1
_NORMAL = NormalDist()
RIGHT = "7"


def mixed(*parts: int) -> int:
    """64 bits that hang on the parts alone (splitmix64, a round for each)."""
    state = 0
    for part in parts:
        state = (state + part + 0x9E3779B97F4A7C15) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state


@dataclass(frozen=True)
class Informed:
    """One problem, and what its PRM is like."""

    seed: int
    pass_rate: float
    depth: int = 6
    accuracy: float = 0.9
    blind: float = 0.05
    replies: dict[Ask, Node | float] = field(default_factory=dict, compare=False)

    @cached_property
    def p(self) -> float:
        return float(self.pass_rate ** (1 / self.depth))

    @cached_property
    def apart(self) -> float:
        """Of two normal scores that are `2 * apart` apart the better is the greater with this chance."""
        return _NORMAL.inv_cdf(self.accuracy) / math.sqrt(2)

    def grown(self, ask: Grow) -> Node:
        """A step is written `+` (right), `-` (wrong) or `~` (wrong, and overlooked), and its own number."""
        steps = ask.parent.steps
        state, number = (steps[-1][0], int(steps[-1][1:17], 16)) if steps else ("+", self.seed)
        own = mixed(number, -1 if ask.greedy else ask.draw)
        if state == "+" and own / 2**64 >= self.p:
            state = "~" if mixed(own, 1) / 2**64 < self.blind else "-"
        last = len(steps) + 1 == self.depth
        return Node((*steps, f"{state}{own:016x}{self.answer(state, own) if last else ''}"), ended=last)

    def answer(self, state: str, number: int) -> str:
        if state == "+":
            return RIGHT
        return "8" if mixed(number, 2) % 2 else str(mixed(number, 3) % 7)

    def score(self, node: Node) -> float:
        state, number = node.steps[-1][0], int(node.steps[-1][1:17], 16)
        noise = _NORMAL.inv_cdf((mixed(number, 4) + 0.5) / 2**64)
        return 1 / (1 + math.exp(-2 * ((self.apart if state != "-" else -self.apart) + noise)))

    def reply(self, ask: Ask) -> Node | float:
        if (known := self.replies.get(ask)) is not None:
            return known
        if isinstance(ask, Grow):
            found: Node | float = self.grown(ask)
        else:
            found = self.score(ask.node) if isinstance(ask, Rate) else float(self.right(ask.node))
        self.replies[ask] = found
        return found

    def right(self, node: Node) -> bool:
        return node.ended and node.steps[-1][0] == "+"

    def options(self, chains: Sequence[Node]) -> list[Option]:
        return [Option(self.score(one), one.steps[-1][17:] or None, self.right(one)) for one in chains]

    @property
    def known(self) -> Known:
        """Every answer, and a token a step."""
        return Known(self.reply, lambda ask: 1, self.options)
