"""What is said of a snapshot: short, in time, and nothing that steers."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from support.snapshots import HOSTILE, server, snapshot

from winnow.pipelines.live.forecast import forecast
from winnow.pipelines.live.meter import Meter
from winnow.pipelines.live.screen import drawn
from winnow.pipelines.live.words import line, wrapped


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    seen = snapshot(servers=tuple(server("x" * 90 + str(at), trouble="y" * 300) for at in range(9)))
    console = Console(width=width, height=40, file=io.StringIO(), force_terminal=True, color_system=None)
    with console.capture() as held:
        console.print(drawn(seen, width))
    assert max(map(len, held.get().splitlines())) <= width
    assert max(map(len, wrapped(line(seen), width).splitlines())) <= width


def test_what_is_slow_is_told() -> None:
    told = " · ".join(line(snapshot()))
    assert "5 at the engine, 1 at the verifier" in told
    assert "slowest: two, 6.0 s a request" in told
    assert "longest: p17, 1:15 at the engine" in told
    assert "2:00 left" in told
    assert "0.75 spent of some 2" in told
    down = snapshot(servers=(server("one"), server("two", up=False, trouble="connection refused")))
    assert "slowest: two is down" in " · ".join(line(down))


def test_rows_are_what_a_run_with_a_target_is_measured_by() -> None:
    seen = snapshot(rows=30, target=120)
    assert seen.share == (30, 120)
    assert snapshot(bad=5).share == (45, 100)
    assert snapshot(total=None).share is None
    assert "30/120 rows" in line(seen)


def test_names_of_others_steer_nothing() -> None:
    seen = snapshot(servers=(server(HOSTILE), server(HOSTILE + "2", trouble=HOSTILE, up=False)))
    console = Console(width=200, file=io.StringIO(), force_terminal=True, color_system=None)
    with console.capture() as held:
        console.print(drawn(seen, 200))
    told = held.get() + wrapped(line(seen), 200)
    assert "[red]x[/red]" in told
    assert not {"\x1b", "\x07", "\u202e"} & set(told.replace("\x1b[1m", "").replace("\x1b[0m", ""))


def test_a_rate_follows_what_happens_now() -> None:
    meter = Meter(0.0)
    for second in range(1, 101):
        meter.add(float(second), 10.0 * min(second, 60))
    assert meter.rate == 0.0
    assert meter.grown == 0.0
    assert len(meter.history) == 50
    assert meter.history[0] == 10.0


def test_a_forecast_of_nothing() -> None:
    assert forecast(10.0, 0.0, 0.0, 0.0, None).left is None
    assert forecast(10.0, 0.0, 0.0, 0.5, None).left == 10.0
    assert forecast(10.0, 0.0, 0.0, 0.5, None).money is None
