"""What a snapshot says of a context, and what it never holds."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from winnow.pipelines.live.observer import Observer, Standing
from winnow.steps.engine.counters import Counters
from winnow.steps.engine.standing import ServerStanding
from winnow.steps.flights import At
from winnow.steps.records import Problem
from winnow.steps.secrets import expand
from winnow.steps.stage import Context, Halt


def test_no_secret_gets_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINNOW_TEST_KEY", "sk-very-secret")
    expand("${env:WINNOW_TEST_KEY}")
    context = Context()
    context.note("a request failed: wrong key: sk-very-secret")
    servers = [ServerStanding("at sk-very-secret", False, 0, 0, Counters(), "Bearer sk-very-secret")]
    context.standings = lambda: servers
    told = Observer(context, Standing()).look().model_dump_json()
    assert "very-secret" not in told
    assert told.count("${env:WINNOW_TEST_KEY}") == 3


def test_who_waits_for_what() -> None:
    context = Context()
    problems = [Problem(f"p{at}", ({"role": "user", "content": str(at)},)) for at in range(3)]
    observer = Observer(context, Standing())
    with context.flights.of(problems[0]):
        with context.flights.of(problems[1]), context.flights.of(problems[2]):
            context.flights.move(problems[1].id, At.VERIFIER)
            time.sleep(0.05)
            seen = observer.look()
            assert {one.at: one.groups for one in seen.waits if one.groups} == {"engine": 2, "verifier": 1}
            assert [one.problem for one in seen.longest] == ["p0", "p1", "p2"]
            assert seen.longest[0].seconds >= 0.05
        after = observer.look()
    assert {one.at: one.groups for one in after.waits if one.groups} == {"engine": 1}
    assert {one.at: one.seconds for one in after.waits}["verifier"] >= 0.05


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> float:
    """The time at which an observer looks, whenever it does."""
    clock = SimpleNamespace(monotonic=lambda: 1000.0, time=time.time)
    monkeypatch.setattr("winnow.pipelines.live.observer.time", clock)
    return 1000.0


def test_a_forecast_goes_by_rows_where_there_is_a_target(now: float) -> None:
    context = Context(rows=10)
    context.spent.money = 1.0
    standing = Standing(total=100, target=30, phase="sampling", began=now - 60)
    observer = Observer(context, standing)
    assert observer.look().left is None
    context.rows, context.spent.money = 15, 2.0
    seen = observer.look()
    assert seen.left == pytest.approx(180.0)
    assert (seen.money, seen.spent, seen.projected) == (1.0, 2.0, pytest.approx(5.0))
    standing.budget = 3.0
    assert observer.look().projected == pytest.approx(3.0)
    context.halt = Halt.BUDGET
    assert observer.look().left is None


def test_rates_begin_with_sampling(now: float) -> None:
    """An engine that takes minutes to start is not slow."""
    context, standing = Context(), Standing()
    standing.began = now - 600
    observer = Observer(context, standing)
    observer.look()
    standing.began = now - 2.0
    context.counts["tokens"] = 200
    assert observer.look().rate == pytest.approx(100.0)
