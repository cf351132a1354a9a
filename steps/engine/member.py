"""One engine of a pool: how much it is asked for at once, whether it is there, and when it is tried again."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median

from winnow.steps.engine.counters import Counters
from winnow.steps.engine.protocol import Engine, EngineUnreachable, Parameters, Prices, RequestFailed
from winnow.steps.engine.standing import ServerStanding
from winnow.steps.errors import WinnowError
from winnow.steps.records import Choice, Problem

_FIRST_LIMIT = 16.0
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0  # seconds before one that is down is tried again


class Member:
    """An engine that may come and go.

    `limit` is how many completions it may have in flight: one more for each `limit` that came without
    trouble, half as many after a refusal (429, 5xx) or a time-out. Additive increase, multiplicative
    decrease: V. Jacobson, "Congestion Avoidance and Control", 1988. Whoever asks counts `in_flight`.
    """

    def __init__(self, name: str, make: Callable[[], Engine], prices: Prices | None) -> None:
        self.name, self._make, self._prices = name, make, prices
        self._engine: Engine | None = None
        self._wait, self._next_try = _FIRST_WAIT, 0.0
        self._cut = float("-inf")  # when the limit was last halved
        self._users = Counter[int]()  # of each engine that was one, by its identity as an object
        self._latencies: deque[float] = deque(maxlen=64)
        self.counters = Counters()  # of all engines that were one
        self.limit = 1.0
        self.in_flight = 0
        self.trouble = "not started"
        self.leaving = False

    @property
    def is_up(self) -> bool:
        return self._engine is not None

    @property
    def most(self) -> int:
        """How many completions one request may ask for."""
        return self._engine.most if self._engine else 1

    @property
    def room(self) -> float:
        """The share of its limit that is free; below 0 where it is not to be asked."""
        if self._engine is None or self.leaving or self.in_flight >= int(self.limit):
            return -1.0
        return 1.0 - self.in_flight / self.limit

    @property
    def usual(self) -> float | None:
        """Seconds that a request usually takes, once that is known."""
        return median(self._latencies) if len(self._latencies) >= 8 else None

    @property
    def standing(self) -> ServerStanding:
        """How it stands, for whoever looks."""
        limit = int(self.limit) if self.is_up else 0
        return ServerStanding(self.name, self.is_up, self.in_flight, limit, self.counters, self.trouble)

    @property
    def is_due(self) -> bool:
        """Whether it is down and may be tried again."""
        return self._engine is None and not self.leaving and time.monotonic() >= self._next_try

    async def start(self) -> bool:
        """Try to start it. Whether it is up; if not, `trouble` says why, and the next try waits longer."""
        engine = self._make()
        try:
            await engine.start()
        except WinnowError as failure:
            self._is_down(str(failure))
            return False
        except BaseException:
            await engine.close()
            raise
        self._engine, self.trouble, self._wait = engine, "", _FIRST_WAIT
        self.limit = float(min(engine.capacity, max(_FIRST_LIMIT, engine.most)))
        return True

    async def close(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.close()

    async def sample(self, problem: Problem, parameters: Parameters, start: int, n: int) -> Sequence[Choice]:
        """As the engine does; what it tells of being there, and of having too much to do, is noted.

        Raises:
            RequestFailed: `passing` where another member may do better, also where this one is gone.
        """
        engine = self._engine
        if engine is None:
            raise self._gone()
        began = time.monotonic()
        self.counters.requests += 1
        self._users[id(engine)] += 1
        try:
            retries = engine.counters.retries
            choices = await engine.sample(problem, parameters, start, n)
        except RequestFailed as failure:
            self.counters.failures += 1
            failure.choices = self._signed(failure.choices)
            if failure.passing:
                self._slow_down(began)
            raise
        except EngineUnreachable as failure:
            if self._engine is engine:  # and no other request has found out before
                self._engine = None
                self._is_down(str(failure))
            raise self._gone() from None
        finally:
            self._users[id(engine)] -= 1
            if self._engine is not engine and not self._users[id(engine)]:
                del self._users[id(engine)]
                await asyncio.shield(engine.close())  # the last of those who asked it
        self._latencies.append(seconds := time.monotonic() - began)
        self.counters.answered += 1
        self.counters.seconds += seconds
        if engine.counters.retries > retries:
            self._slow_down(began)
        else:
            self.limit = min(float(engine.capacity), self.limit + n / self.limit)
        return self._signed(choices)

    def _signed(self, choices: Sequence[Choice]) -> Sequence[Choice]:
        signed = [replace(choice, server=self.name) for choice in choices]
        self.counters.tokens_in += sum(choice.prompt_tokens for choice in signed)
        self.counters.tokens_out += sum(choice.tokens for choice in signed)
        return [self._prices.paid(one) for one in signed] if self._prices else signed

    def _slow_down(self, began: float) -> None:
        if began > self._cut:  # what was asked before the last cut tells nothing of what is asked since
            self.limit, self._cut = max(1.0, self.limit / 2), time.monotonic()

    def _is_down(self, why: str) -> None:
        self.trouble, self._next_try = why, time.monotonic() + self._wait
        self._wait = min(_LONGEST_WAIT, 2 * self._wait)

    def _gone(self) -> RequestFailed:
        failure = RequestFailed(f"{self.name}: {self.trouble}")
        failure.passing = True
        return failure
