"""`winnow watch`: a run in panels, once a second, from another terminal."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from rich.console import RenderableType
from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Footer, Static

from winnow.pipelines.folder import RunFolder
from winnow.pipelines.live import panels
from winnow.pipelines.live.watched import Watched, ended, watched
from winnow.pipelines.live.words import named
from winnow.steps.errors import Exit, WinnowError

_EVERY = 1.0  # seconds
_PANELS: dict[str, Callable[[Watched], RenderableType]] = {
    "problems": panels.problems_panel,
    "verdicts": panels.verdicts_panel,
    "cost": panels.cost_panel,
    "servers": panels.servers_panel,
    "rate": panels.rate_panel,
    "longest": panels.longest_panel,
    "events": panels.events_panel,
}


_TITLES = {"longest": "on their way longest", "cost": "tokens and cost", "rate": "tokens/s"}


def show(folder: RunFolder) -> int:
    """Show a run until somebody leaves, or a signal ends it: the terminal is given back in any case.

    Returns:
        The exit code.
    """
    app = Dashboard(folder)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, partial(app.exit, return_code=int(Exit.INTERRUPTED)))
        await app.run_async()

    asyncio.run(main())
    return app.return_code or 0


class Dashboard(App[None]):
    """Reads the run's status file, and where it has ended its ledger; takes no lock, writes nothing."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "Quit"),
        Binding("r", "again", "Read again"),
    ]
    CSS = """
    .panel { border: round $primary; padding: 0 1; width: 1fr; height: 1fr; }
    #top { height: 9; }
    #problems, #events { width: 2fr; }
    #rate { height: 3; }
    #head { padding: 0 1; }
    """

    def __init__(self, folder: RunFolder) -> None:
        super().__init__()
        self._folder = folder
        self._ended: Watched | None = None
        self._counting = False

    def compose(self) -> ComposeResult:
        yield Static(id="head", markup=False)
        with Horizontal(id="top"):
            yield from map(_panel, ("problems", "verdicts", "cost"))
        yield _panel("servers")
        yield _panel("rate")
        with Horizontal():
            yield from map(_panel, ("longest", "events"))
        yield Footer()

    def on_mount(self) -> None:
        self._look()
        self.set_interval(_EVERY, self._look)

    def action_again(self) -> None:
        """Read all of it anew, the ledger of an ended run as well."""
        self._ended = None
        self._look()

    def _look(self) -> None:
        run = watched(self._folder)
        if run is not None:
            self._ended = None
            self.show(run)
        elif self._ended is None and not self._counting:
            self._counting = True
            self._count()

    @work(thread=True)
    def _count(self) -> None:
        try:
            run = ended(self._folder)
        except WinnowError as broken:
            run = Watched(self._folder.path.name, named(str(broken), 300), False, None)
        self.call_from_thread(self._counted, run)

    def _counted(self, run: Watched) -> None:
        self._counting, self._ended = False, run
        self.show(run)

    def show(self, run: Watched) -> None:
        """Draw it."""
        self.query_one("#head", Static).update(panels.head(run))
        for name, drawn in _PANELS.items():
            self.query_one(f"#{name}", Static).update(drawn(run))


def _panel(name: str) -> Static:
    panel = Static(id=name, classes="panel", markup=False)
    panel.border_title = _TITLES.get(name, name)
    return panel
