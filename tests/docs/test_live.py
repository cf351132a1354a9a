"""docs/live.md: its keys are the snapshot's, its commands run."""

from __future__ import annotations

import re
from pathlib import Path
from shutil import rmtree

from support import documented
from support.command import winnow_afresh
from support.recipes import write_sums
from support.snapshots import snapshot

from winnow.pipelines.live.snapshot import Snapshot

TEXT = (Path(__file__).parents[2] / "docs/live.md").read_text()
ROWS = dict(re.findall(r"^\| (`.*?`) \| (.*) \|$", TEXT, re.MULTILINE))


def test_every_key_is_told() -> None:
    told = [key for cell in ROWS for key in re.findall(r"`(\w+)`", cell)]
    assert sorted(told) == sorted(Snapshot.model_fields)


def test_every_key_below_is_told() -> None:
    seen = snapshot().model_dump()
    for name in ("servers", "waits", "longest", "events"):
        (told,) = [said for cell, said in ROWS.items() if cell == f"`{name}`"]
        assert set(re.findall(r"`(\w+)`", told)) == set(seen[name][0])


def test_the_commands(tmp_path: Path) -> None:
    """Each as it stands, but for `watch`, which wants a terminal, and on a port that is free."""
    write_sums(tmp_path).rename(tmp_path / "sums.yaml")
    lines = [line for line in documented.of("docs/live.md") if not line.startswith("winnow watch")]
    commands = [line.split()[1:] for line in lines]
    assert len(commands) == 4
    for command in sorted(commands):  # runs come before the status of one
        if command[0] == "run":  # each is the first
            rmtree(tmp_path / "runs", ignore_errors=True)
        done = winnow_afresh(*[part.replace("9464", "0") for part in command], cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "json" not in command or done.stderr.startswith("{")
    assert "winnow_completions_total" in (tmp_path / "winnow.prom").read_text()
    documented.ran("docs/live.md", lines)
