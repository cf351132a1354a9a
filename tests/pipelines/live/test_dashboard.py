"""`winnow watch`, driven by textual's own pilot, and once on a terminal."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from support import documented
from support.command import winnow
from support.recipes import write_sums
from support.snapshots import HOSTILE, server, snapshot
from support.terminals import Terminal
from textual.pilot import Pilot

from winnow.pipelines.folder import RunFolder
from winnow.pipelines.live.dashboard import Dashboard
from winnow.pipelines.live.files import StatusFile
from winnow.pipelines.live.snapshot import Event, Snapshot
from winnow.steps.files import write_json


def seen(pilot: Pilot[Any]) -> str:
    """All that is on the screen."""
    screen = pilot.app.screen
    strips = screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def until(pilot: Pilot[Any], text: str, seconds: float = 120.0) -> str:
    """Wait for a text; a line may break anywhere in it, as paths before it are long or short."""
    end = time.monotonic() + seconds
    while " ".join(text.split()) not in " ".join((told := seen(pilot)).split()):
        assert time.monotonic() < end, f"{text!r} is not to be seen:\n{told}"
        await pilot.pause(0.05)
    return told


def live(folder: Path, told: Snapshot) -> RunFolder:
    """A run that this process seems to be at."""
    run = RunFolder(folder / "sums")
    run.logs.mkdir(parents=True, exist_ok=True)
    write_json(run.path / "owner.json", {"pid": told.pid, "host": told.host, "since": 0.0})
    StatusFile(run.progress).show(told)
    return run


async def test_a_run_that_goes_on(tmp_path: Path) -> None:
    """Its panels, what changes in it, and the keys."""
    run = live(tmp_path, snapshot(rows=30, target=120))
    app = Dashboard(run)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, "running: sampling")
        for part in ("40/100 problems", "30/120 rows", "2:00 left", "25% pass", "12,000", "two is up", "p17"):
            await until(pilot, part)
        await until(pilot, "▄██ 210, at most 210")
        StatusFile(run.progress).show(snapshot(done=31, rows=44, target=120, history=(5.0,)))
        await pilot.press("r")
        for part in ("44/120 rows", "41/100 problems", "█ 5, at most 5"):
            await until(pilot, part)
        await pilot.press("q")
    assert app.return_code == 0


async def test_words_of_others_are_only_shown(tmp_path: Path) -> None:
    """No markup, no link, no escape: neither of a server's name, nor of its error, nor of a problem."""
    told = snapshot(
        servers=(server(HOSTILE, trouble=HOSTILE, up=False),), events=(Event(at=0.0, text=HOSTILE),)
    )
    app = Dashboard(live(tmp_path, told))
    async with app.run_test(size=(160, 36)) as pilot:
        shown = await until(pilot, "[red]x[/red]")
        assert "\x1b" not in app.export_screenshot()
    assert shown.count("[@click=app.quit]y[/]") >= 2
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)


async def test_a_run_that_ended(tmp_path: Path) -> None:
    """What its ledger holds; read again when somebody says so."""
    write_sums(tmp_path)
    assert (await asyncio.to_thread(winnow, "run", "recipe.yaml", cwd=tmp_path)).returncode == 0
    folder = RunFolder(tmp_path / "runs/sums")
    app = Dashboard(folder)
    async with app.run_test(size=(100, 30)) as pilot:
        for part in ("sums: done", "completions", "50% pass"):
            await until(pilot, part)
        folder.progress.unlink()
        (folder.logs / "progress.json").write_text('{"name": ')
        await pilot.press("r")
        await until(pilot, "50% pass")
        await pilot.press("q")
    kept = json.loads(folder.manifest.read_text())
    kept["recipe"] = {"name": "broken"}
    folder.manifest.write_text(json.dumps(kept))
    app = Dashboard(folder)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, "its recipe is")


@pytest.mark.parametrize("end", ["q", signal.SIGTERM])
def test_on_a_terminal(tmp_path: Path, end: str | signal.Signals) -> None:
    """It draws, ends with q or when it is told to, and gives the terminal back."""
    (tmp_path / "runs").mkdir()
    run = live(tmp_path / "runs", snapshot())
    write_json(run.manifest, {"name": "sums", "recipe": {}})
    with Terminal("watch", "sums", cwd=tmp_path, TERM="xterm-256color") as terminal:
        terminal.wait(lambda: "40/100 problems" in terminal.raw)
        if isinstance(end, str):
            terminal.type(end)
        else:
            terminal.process.send_signal(end)
        assert terminal.end() == (0 if end == "q" else 130)
    documented.ran("docs/live.md", ["winnow watch sums"])
    assert "Traceback" not in terminal.raw
    assert "\x1b[?1049l" in terminal.raw  # the screen from before
    assert "\x1b[?25h" in terminal.raw


@pytest.mark.parametrize("term", ["dumb", "xterm"])
def test_without_a_terminal_that_draws(tmp_path: Path, term: str) -> None:
    (tmp_path / "runs").mkdir()
    run = live(tmp_path / "runs", snapshot())
    write_json(run.manifest, {"name": "sums", "recipe": {}})
    if term == "dumb":
        with Terminal("watch", "sums", cwd=tmp_path, TERM=term) as terminal:
            assert terminal.end() == 2
        assert "winnow status sums" in terminal.raw
    else:
        done = winnow("watch", "sums", cwd=tmp_path, env={"TERM": term})
        assert done.returncode == 2
        assert "winnow status sums" in done.stderr
