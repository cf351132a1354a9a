"""`winnow status`: whom it believes, and that it leaves everything as it was."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from support.command import winnow
from support.recipes import write_sums
from support.snapshots import HOSTILE, server, snapshot

from winnow.pipelines.folder import RunFolder
from winnow.pipelines.live.files import StatusFile
from winnow.pipelines.live.snapshot import Event, read_snapshot
from winnow.pipelines.status import show_status
from winnow.pipelines.terminal import out


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run that is over."""
    folder = tmp_path_factory.mktemp("done")
    write_sums(folder)
    assert winnow("run", "recipe.yaml", cwd=folder).returncode == 0
    return RunFolder(folder / "runs/sums")


def told(folder: RunFolder) -> str:
    with out.capture() as held:
        show_status(folder)
    return " ".join(held.get().split())


def files(folder: RunFolder) -> dict[Path, tuple[int, int]]:
    """Every file with its size and when it was written; folders, too."""
    return {one: (one.stat().st_size, one.stat().st_mtime_ns) for one in folder.path.rglob("*")}


def test_asking_takes_no_lock_and_writes_nothing(done: RunFolder) -> None:
    with done.held():
        StatusFile(done.progress).show(snapshot())
        before = files(done)
        assert "sums (running: sampling)" in told(done)
        assert files(done) == before
    before = files(done)
    assert "sums (done)" in told(done)
    assert files(done) == before


def test_what_another_process_said_is_not_believed(done: RunFolder) -> None:
    """An earlier run's last words, while a build holds the folder."""
    with done.held():
        StatusFile(done.progress).show(snapshot(pid=2**22 + 1, done=77))
        assert "sums (running: process " in told(done)
        assert "87/100" not in told(done)
        done.progress.write_text('{"name": "half')
        assert read_snapshot(done.progress) is None
        assert "sums (running: process " in told(done)


def test_a_manifest_that_names_no_run(done: RunFolder) -> None:
    before = done.manifest.read_text()
    try:
        done.manifest.write_text(json.dumps({"recipe": json.loads(before)["recipe"]}))
        assert "run sums (done)" in told(done)
    finally:
        done.manifest.write_text(before)


def test_silence_is_told(done: RunFolder) -> None:
    with done.held():
        StatusFile(done.progress).show(snapshot(at=time.time() - 75))
        assert re.search(r"silent for [1-9]:\d\d", told(done))


def test_everything_is_told(done: RunFolder) -> None:
    with done.held():
        seen = snapshot(
            rows=30,
            target=120,
            servers=(server("one"), server(HOSTILE, up=False, trouble=HOSTILE)),
            events=(Event(at=0.0, text=HOSTILE),),
        )
        StatusFile(done.progress).show(seen)
        shown = told(done)
    for part in (
        "problems 40/100 finished",
        "1:00 · 2:00 left",
        "400, with those of earlier runs 560",
        "12,000 (210 a second)",
        "pass 100",
        "rows 30/120",
        "0.75 spent of some 2",
        "5 at the engine, 1 at the verifier",
        "one: 210 tokens/s, 3/8 in flight",
    ):
        assert part in shown
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)
