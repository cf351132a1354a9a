"""What is left of a budget goes where it brings most: greedily, by expected new rows a token.

A row is a candidate that `until` asks for. What the next samples of a problem bring is told by those that it
has (see `odds`); what they cost, by what its samples and those of the others took. Greedy in expectation,
round by round: benchmarks/quota.py has what that saves, and how near it comes to somebody who knows every
pass rate.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from winnow.steps.records import Group
from winnow.steps.sample.config import SampleConfig
from winnow.steps.sample.odds import expected
from winnow.steps.sample.plan import LARGEST_ROUND, wanted
from winnow.steps.sample.tally import Tally
from winnow.steps.sample.until import Until

_PROMPT, _COMPLETION = 50.0, 200.0  # tokens of a prompt and of a completion, before any are known
_LETTERS = 4  # of a token
_WEIGHT = 4  # completions of the others that count as much as one's own


class Round(NamedTuple):
    """`n` samples, the rows that they should bring, and these for what a completion costs."""

    n: int
    gain: float
    worth: float


_NONE = Round(0, 0.0, 0.0)


class Allocation:
    """A policy for runs that end at a budget or a target, and not when everybody was asked.

    Args:
        kept: rows that are there already.
        most: how many completions one request may ask for.
        prices: of a token of a prompt, and of a completion; 1 and 1 where tokens are what is spent.
    """

    def __init__(self, config: SampleConfig, kept: int, most: int, prices: tuple[float, float]) -> None:
        if config.until is None:
            raise ValueError("nothing to allocate by: the recipe says no `until`")
        self._until, self._max_n = config.until, config.max_n or 0
        self._rows: float | None = config.target.rows if config.target else None
        self._most = min(most, LARGEST_ROUND)
        self._rounds: dict[str, tuple[float, int, int]] = {}  # in flight, by problem
        self._promised = 0.0
        self._costs = _Costs(*prices)
        self.kept: int | None = kept
        self.rival, self.spread = 0.0, 1

    @property
    def fresh(self) -> float:
        costs = self._costs.usual
        return self._round(Tally(), costs.ratio, self._max_n).worth / costs.out

    @property
    def holds(self) -> bool:
        """Whether what is in flight should reach the target."""
        return self._rows is not None and self._has + self._promised >= self._rows

    @property
    def reached(self) -> bool:
        """Whether there are as many rows as the target says."""
        return self._rows is not None and self._has >= self._rows

    def urgency(self, group: Group) -> float:
        costs = self._costs.of(group)
        return self._round(Tally.of(group.candidates), costs.ratio, self._left(group)).worth / costs.out

    def begin(self, group: Group) -> None:
        tally, begun, costs = Tally.of(group.candidates), _begun(group), self._costs.of(group)
        if begun > group.done:  # by an earlier run: filled and judged before more is asked
            group.goal, gain = begun, 0.0
        else:
            left = self._left(group)
            n = self._round(tally, costs.ratio, left).n
            most = min(left, self._most) if self.rival > 0 else min(left, self.spread)
            while 0 < n < most and self._next(tally, n) / costs.out > self.rival:
                n += 1
            group.goal, gain = group.done + n, _gain(self._until, tally, n)
        self._rounds[group.problem.id] = gain, tally.kept(self._until), begun
        self._promised += gain

    def end(self, group: Group) -> None:
        gain, had, start = self._rounds.pop(group.problem.id)
        self._promised = self._promised - gain if self._rounds else 0.0
        self.kept = self._has + Tally.of(group.candidates).kept(self._until) - had
        self._costs.add(group, start)

    def owes(self, group: Group) -> bool:
        return self.urgency(group) > 0

    @property
    def _has(self) -> int:
        return self.kept or 0

    def _next(self, tally: Tally, n: int) -> float:
        """Rows that one sample more than `n` should bring, before it is known what these have brought."""
        return _gain(self._until, tally, n + 1) - _gain(self._until, tally, n)

    def _left(self, group: Group) -> int:
        return max(0, self._max_n - max(group.done, _begun(group)))

    def _round(self, tally: Tally, ratio: float, left: int) -> Round:
        return best_round(self._until, tally, min(self._most, left), round(ratio, 1))


def prices_of(config: SampleConfig) -> tuple[float, float]:
    """Of a token of a prompt, and of a completion; 1 and 1 where the recipe has none."""
    prices = config.engine.prices
    return (prices.input, prices.output) if prices and (prices.input or prices.output) else (1.0, 1.0)


class _Cost(NamedTuple):
    """What a request and one of its completions cost."""

    request: float
    out: float

    @property
    def ratio(self) -> float:
        return self.request / self.out


class _Costs:
    """What was paid so far. A completion costs something, also where a replay has no tokens of it."""

    def __init__(self, price_in: float, price_out: float) -> None:
        self._in, self._out = price_in, price_out
        self._prompts, self._rounds = 0, 0
        self._tokens, self._completions = _COMPLETION, 1.0

    def add(self, group: Group, start: int) -> None:
        """Take note of the group's candidates from this index on."""
        choices = [one.choice for one in group.candidates if one.index >= start]
        self._tokens += sum(one.tokens for one in choices)
        self._completions += len(choices)
        self._prompts += sum(one.prompt_tokens for one in choices)
        self._rounds += bool(choices)

    @property
    def usual(self) -> _Cost:
        prompt = self._prompts / self._rounds if self._rounds else _PROMPT
        return self._cost(prompt, self._tokens / self._completions)

    def of(self, group: Group) -> _Cost:
        """What this group's next round costs: its own past, and the others' where it has little."""
        mean = self._tokens / self._completions
        choices = [one.choice for one in group.candidates]
        tokens = sum(one.tokens for one in choices) + _WEIGHT * mean
        prompt = float(max((one.prompt_tokens for one in choices), default=0))
        if not prompt:
            letters = sum(len(message["content"]) for message in group.problem.prompt)
            prompt = self._prompts / self._rounds if self._rounds else letters / _LETTERS
        return self._cost(prompt, tokens / (len(choices) + _WEIGHT))

    def _cost(self, prompt: float, out: float) -> _Cost:
        return _Cost(self._in * prompt, max(self._out * out, 1e-9))


@lru_cache(maxsize=100_000)
def best_round(until: Until, tally: Tally, most: int, ratio: float) -> Round:
    """The round that brings most for what it costs, where a request costs `ratio` times a completion.

    Of equals the smallest: what it brings may turn the next elsewhere.
    """
    gains = [(n, _gain(until, tally, n)) for n in range(1, most + 1)]
    rounds = [Round(n, gain, gain / (ratio + n)) for n, gain in gains if gain > 0]
    return max(rounds, key=lambda one: (round(one.worth, 9), -one.n), default=_NONE)


def _gain(until: Until, tally: Tally, n: int) -> float:
    return sum(expected(missing, hits, tally.asked, n) for missing, hits in wanted(until, tally))


def _begun(group: Group) -> int:
    return group.candidates[-1].index + 1 if group.candidates else 0
