"""Progress on a terminal: lines that change in place, or, where it cannot do that, a line now and then."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from winnow.pipelines.live.heart import View
from winnow.pipelines.live.snapshot import Server, Snapshot
from winnow.pipelines.live.words import (
    clock,
    counts,
    line,
    named,
    problems,
    rows,
    slow,
    sparkline,
    time_left,
    troubles,
    waiting,
    wrapped,
)
from winnow.pipelines.terminal import err

_PLAIN_EVERY = 10.0  # seconds
_SERVERS = 6
_BAR = 24


def screen() -> View:
    """The view for whoever stands behind our stderr."""
    if err.as_json:
        return JsonLines()
    return Screen() if err.draws else PlainLines()


class PlainLines:
    """A line every ten seconds, no wider than the terminal; a log has 80 columns."""

    every = _PLAIN_EVERY

    def begin(self, snapshot: Snapshot) -> None: ...

    def show(self, snapshot: Snapshot) -> None:
        err.print(wrapped(line(snapshot), err.columns), soft_wrap=True)

    end = show


class JsonLines:
    """An object a line: the snapshot, every ten seconds."""

    every = _PLAIN_EVERY

    def show(self, snapshot: Snapshot) -> None:
        err.tell("progress", snapshot.model_dump(mode="json"))

    begin = end = show


class Screen:
    """The lines that change; the last one stays."""

    every = 0.5

    def __init__(self) -> None:
        self._live = Live(console=err, auto_refresh=False, transient=True, redirect_stdout=False)

    def begin(self, snapshot: Snapshot) -> None:
        self._live.start()
        self.show(snapshot)

    def show(self, snapshot: Snapshot) -> None:
        self._live.update(drawn(snapshot, err.width), refresh=True)

    def end(self, snapshot: Snapshot) -> None:
        self._live.stop()
        err.print(wrapped(line(snapshot), err.columns), soft_wrap=True)


def drawn(seen: Snapshot, width: int) -> RenderableType:
    """The snapshot as some lines, none wider than `width`."""
    came = [problems(seen) if seen.target else rows(seen), *counts(seen), *troubles(seen)]
    told = [[part for part in parts if part] for parts in (came, [waiting(seen), *slow(seen)])]
    lines: list[RenderableType] = [_head(seen)]
    lines += [_one_line(wrapped(parts, width)) for parts in told if parts]
    if len(seen.servers) > 1:
        lines.append(servers(seen.servers[:_SERVERS]))
        if more := len(seen.servers) - _SERVERS:
            lines += [_one_line(f"and {more} more servers")] if more > 0 else []
    if len(seen.history) > 1 and any(seen.history):
        lines.append(_one_line(f"tokens/s {sparkline(seen.history, width - 10)}"))
    return Group(*lines)


def servers(shown: tuple[Server, ...]) -> Table:
    """A row a server."""
    table = Table("server", "tokens/s", "in flight", "a request", "trouble", box=None, pad_edge=False)
    for column in table.columns:
        column.no_wrap, column.overflow = True, "ellipsis"
    for column in table.columns[1:4]:
        column.justify = "right"
    for one in shown:
        usual = f"{one.usual:.1f} s" if one.usual is not None else ""
        told = f"{one.failures:,} failed" if one.failures else ""
        trouble = Text(named(one.trouble or told, 60), style="red" if one.trouble else "yellow")
        table.add_row(named(one.name), f"{one.rate:,.0f}", f"{one.in_flight}/{one.limit}", usual, trouble)
    return table


def _head(seen: Snapshot) -> RenderableType:
    """The bar, with how much of it there is and how long the rest will take."""
    told = " · ".join(part for part in (clock(seen.seconds), time_left(seen)) if part)
    phase = "" if seen.phase in ("sampling", "judging") else f" · {seen.phase}"
    text = _one_line(f"{rows(seen) if seen.target else problems(seen)}{phase} · {told}")
    if seen.share is None:
        return text
    bar = ProgressBar(total=seen.share[1], completed=seen.share[0], width=_BAR)
    head = Table.grid(padding=(0, 1))
    head.add_row(bar, text)
    head.columns[1].no_wrap, head.columns[1].overflow = True, "ellipsis"
    return head


def _one_line(text: str) -> Text:
    return Text(text, no_wrap=True, overflow="ellipsis")
