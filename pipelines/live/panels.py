"""What the panels of `winnow watch` hold: text that is drawn as it is, whatever stands in it."""

from __future__ import annotations

import time

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from winnow.pipelines.live.screen import servers
from winnow.pipelines.live.watched import Watched
from winnow.pipelines.live.words import (
    clock,
    named,
    problems,
    rows,
    slow,
    sparkline,
    time_left,
    troubles,
    waiting,
)

_NOTHING = Text("nothing yet")
_COLOURS = {"pass": "green", "fail": "red", "error": "yellow", "skip": "dim"}


def head(run: Watched) -> RenderableType:
    """Which run it is, and how it stands."""
    return _line(f"{named(run.name)}: {run.state}", "bold")


def problems_panel(run: Watched) -> RenderableType:
    """How many problems are finished, and what the others wait for; of an ended run its ledger's counts."""
    seen = run.seen
    if not run.goes_on:
        held = {what: f"{count:,}" for what, count in run.counts.items() if what not in _COLOURS}
        return _pairs(held) if held else _NOTHING
    if seen is None:
        return _NOTHING
    # A bar ends its line only inside of something.
    bar = [Padding(ProgressBar(total=share[1], completed=share[0]), 0)] if (share := seen.share) else []
    told = [
        rows(seen) if seen.target else "",
        problems(seen),
        f"{seen.completions:,} candidates",
        " · ".join(part for part in (clock(seen.seconds), time_left(seen)) if part),
        waiting(seen),
        *slow(seen),
        *troubles(seen),
    ]
    return Group(*bar, *(_line(text) for text in told if text))


def verdicts_panel(run: Watched) -> RenderableType:
    """Verdicts by status, and how many are right."""
    told = run.seen.verdicts if run.goes_on and run.seen else run.counts
    found = {status: round(told[status]) for status in _COLOURS if told.get(status)}
    if not found:
        return _NOTHING
    most, table = max(found.values()), _grid()
    for status, count in found.items():
        bar = Text("█" * max(1, round(10 * count / most)), style=_COLOURS[status])
        table.add_row(status, f"{count:,}", bar)
    judged = found.get("pass", 0) + found.get("fail", 0)
    rate = [_line(f"{found.get('pass', 0) / judged:.0%} pass")] if judged else []
    return Group(table, *rate)


def cost_panel(run: Watched) -> RenderableType:
    """Tokens, what they cost, and the rows that are kept."""
    seen = run.seen
    if seen is None:
        return _NOTHING
    told = {
        "tokens out": f"{seen.tokens:,}",
        "a second": f"{(seen.rate if run.goes_on else seen.average):,.0f}",
        "spent": f"{seen.spent:.4g}" if seen.spent else "",
        "by judges": f"{seen.judges:.4g}" if seen.judges else "",
        "in the end": f"{seen.projected:.4g}" if seen.projected is not None and run.goes_on else "",
        "rows": "" if seen.target else rows(seen).removesuffix(" rows"),
        "batches": f"{seen.batches:,}" if seen.batches else "",
    }
    return _pairs(told)


def servers_panel(run: Watched) -> RenderableType:
    """A row a server."""
    return servers(run.seen.servers) if run.seen and run.seen.servers else _NOTHING


def longest_panel(run: Watched) -> RenderableType:
    """The problems that are on their way the longest."""
    if not (run.goes_on and run.seen and run.seen.longest):
        return _NOTHING
    return Group(
        *(_line(f"{clock(one.seconds):>7} {one.at:8} {named(one.problem)}") for one in run.seen.longest)
    )


def events_panel(run: Watched) -> RenderableType:
    """What happened, the latest first."""
    events = run.seen.events if run.seen else ()
    if not events:
        return _NOTHING
    return Group(*(_line(f"{_time(one.at)} {named(one.text, 200)}") for one in reversed(events)))


def rate_panel(run: Watched) -> RenderableType:
    """Tokens a second, a bar for every two seconds."""
    history = run.seen.history if run.seen else ()
    if not history:
        return _NOTHING
    return _line(f"{sparkline(history, len(history))} {history[-1]:,.0f}, at most {max(history):,.0f}")


def _time(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))


def _pairs(told: dict[str, str]) -> Table:
    table = _grid()
    for what, text in told.items():
        if text:
            table.add_row(what, text)
    return table


def _grid() -> Table:
    table = Table.grid(padding=(0, 1))
    for justify in ("left", "right", "left"):
        table.add_column(justify=justify, no_wrap=True, overflow="ellipsis")
    return table


def _line(text: str, style: str = "") -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")
