"""Takes snapshots of a run: reads what its context counts, and remembers how fast that grows."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from winnow.pipelines.live.forecast import Forecast, forecast
from winnow.pipelines.live.meter import Meter
from winnow.pipelines.live.snapshot import Event, Flight, Server, Snapshot, Wait
from winnow.steps.engine.standing import ServerStanding
from winnow.steps.engine.words import plain
from winnow.steps.flights import At
from winnow.steps.stage import Context
from winnow.verifiers import Status

_LONGEST, _EVENTS = 5, 20
_LETTERS = 200  # of an event, a name, a trouble


@dataclass(slots=True)
class Standing:
    """What the runner tells of a run: how many problems there are, and what became of them."""

    name: str = ""
    total: int | None = None
    target: int | None = None
    budget: float | None = None  # money
    before: int = 0  # completions in the ledger
    phase: str = "starting"
    done: int = 0
    skipped: int = 0
    bad: int = 0
    began: float = field(default_factory=time.monotonic)  # sampling
    ended: float | None = None


@dataclass(slots=True)
class _Speeds:
    tokens: Meter
    answered: Meter
    seconds: Meter


class Observer:
    """Looks at a run now and then; the run itself does nothing for it."""

    def __init__(self, context: Context, standing: Standing) -> None:
        self._context, self._standing = context, standing
        self._host, self._began = socket.gethostname(), time.time()
        self._money, self._rows = context.spent.money, context.rows
        self._lock = threading.Lock()
        self._since = standing.began
        self._tokens = Meter(self._since)
        self._servers: dict[str, _Speeds] = {}

    def look(self) -> Snapshot:
        """The run as it is now; several threads may ask."""
        with self._lock:
            return self._look()

    def _look(self) -> Snapshot:
        context, told, now = self._context, self._standing, time.monotonic()
        counts = Counter(context.counts)
        if self._since != told.began:  # the clock counts from now on
            self._since, self._tokens, self._servers = told.began, Meter(told.began), {}
        if told.ended is None:
            self._tokens.add(now, counts["tokens"])
        seconds = max((told.ended or now) - told.began, 0.0)
        self._rows = context.rows if self._rows is None else self._rows
        money = context.spent.money - self._money
        coming = self._forecast(seconds, money)
        flights = context.flights.now()
        return Snapshot(
            name=told.name,
            run=context.run,
            pid=os.getpid(),
            host=self._host,
            phase=told.phase,
            began=self._began,
            at=time.time(),
            seconds=seconds,
            total=told.total,
            done=told.done,
            skipped=told.skipped,
            bad=told.bad,
            completions=counts["completions"],
            tokens=counts["tokens"],
            before=told.before,
            verdicts={status.value: counts[status.value] for status in Status if counts[status.value]},
            failed=counts["failed"],
            unscored=counts["unscored"],
            unpaid=counts["unpaid"],
            rows=context.rows,
            target=told.target,
            money=money,
            spent=context.spent.money,
            judges=context.spent.judge_money,
            projected=coming.money,
            rate=self._tokens.rate,
            left=coming.left,
            batches=context.deferred.out if context.deferred else 0,
            halt=context.halt.value if context.halt else None,
            history=self._tokens.history,
            servers=tuple(self._server(one, now) for one in context.standings()),
            waits=tuple(self._wait(at, [one.moved for one in flights if one.at is at], now) for at in At),
            longest=tuple(
                Flight(problem=plain(one.source_id, _LETTERS), at=one.at.value, seconds=now - one.since)
                for one in flights[:_LONGEST]
            ),
            events=self._events(),
        )

    def _forecast(self, seconds: float, money: float) -> Forecast:
        told, rows = self._standing, self._context.rows
        if self._context.halt or told.ended is not None:
            return Forecast()
        if told.target and rows is not None and self._rows is not None:
            wanted, got = told.target - self._rows, rows - self._rows
        elif told.total is not None:
            wanted, got = told.total - told.skipped - told.bad, told.done
        else:
            return Forecast()
        share = min(1.0, got / wanted) if wanted > 0 else 0.0
        return forecast(seconds, money, self._context.spent.money, share, told.budget)

    def _server(self, one: ServerStanding, now: float) -> Server:
        counters = one.counters
        if (speeds := self._servers.get(one.name)) is None:
            began = (counters.tokens_out, counters.answered, counters.seconds)
            speeds = self._servers[one.name] = _Speeds(*(Meter(now, value) for value in began))
        speeds.tokens.add(now, counters.tokens_out)
        speeds.answered.add(now, counters.answered)
        speeds.seconds.add(now, counters.seconds)
        answered = speeds.answered.grown
        return Server(
            name=plain(one.name, _LETTERS),
            up=one.up,
            in_flight=one.in_flight,
            limit=one.limit,
            requests=counters.requests,
            retries=counters.retries,
            failures=counters.failures,
            tokens=counters.tokens_out,
            rate=speeds.tokens.rate,
            usual=speeds.seconds.grown / answered if answered else None,
            trouble=plain(one.trouble, _LETTERS),
        )

    def _wait(self, at: At, since: Sequence[float], now: float) -> Wait:
        waited = self._context.flights.waited.get(at, 0.0)
        return Wait(at=at.value, groups=len(since), seconds=waited + sum(now - one for one in since))

    def _events(self) -> tuple[Event, ...]:
        happened = sorted([*self._context.recent, *self._context.lines()])
        return tuple(Event(at=at, text=plain(text, _LETTERS)) for at, text in happened[-_EVENTS:])
