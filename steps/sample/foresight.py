"""How much may be asked before any of it is answered, so that the budget pays for it."""

from __future__ import annotations

from winnow.steps.sample.config import SampleConfig
from winnow.steps.stage import Context

_ENOUGH = 32  # completions that tell what one costs


class Foresight:
    """For engines that answer hours later: what is in flight there is all that a budget can be overspent by.

    A completion is taken to cost what this run's have cost in the mean; before there are some, as much as
    `max_tokens` allow.
    """

    def __init__(self, config: SampleConfig, context: Context) -> None:
        self._budget, self._prices = config.budget, config.engine.prices
        self._longest = config.max_tokens
        self._context = context
        self._tokens, self._money = context.spent.tokens, context.spent.money  # before this run

    def most(self, capacity: int) -> int:
        """Completions that may be in flight where the engine takes `capacity`; one at least."""
        budget, context = self._budget, self._context
        if budget is None:
            return capacity
        known = context.counts["completions"]
        most = float(capacity)
        if budget.tokens is not None:
            spent = context.spent.tokens
            cost = (spent - self._tokens) / known if known >= _ENOUGH else self._longest
            most = min(most, (budget.tokens - spent) / max(cost, 1.0))
        if budget.money is not None and self._prices is not None:
            paid = context.spent.money
            dearest = self._prices.output * self._longest / 1e6
            price = (paid - self._money) / known if known >= _ENOUGH else dearest
            most = min(most, (budget.money - paid) / price if price > 0 else most)
        return max(1, int(most))
