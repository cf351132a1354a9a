"""A pool of two real llama.cpp servers, of which one is killed in the middle of a run, and another joins."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest
import yaml
from support.children import offspring
from support.command import start

from winnow.steps.ledger import Ledger

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]


def member(**more: object) -> dict[str, object]:
    return {"type": "llamacpp", "slots": 4, "context": 256, "threads": 1, **more}


def servers(pid: int) -> list[int]:
    """The llama.cpp servers below a process."""
    commands: dict[int, str] = {}
    for one in offspring(pid):
        with suppress(OSError):  # it ended meanwhile
            commands[one] = Path(f"/proc/{one}/cmdline").read_text()
    return sorted(one for one, command in commands.items() if "llamacpp_server" in command)


def rows(folder: Path) -> pl.DataFrame:
    return Ledger(folder / "runs/pool/ledger").scan("completions").collect()


def wait(folder: Path, least: int, running: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 240
    while rows(folder).height < least:
        assert running.poll() is None, (folder / "output.txt").read_text()
        assert time.monotonic() < end
        time.sleep(0.5)


def test_one_is_killed_and_another_joins(tmp_path: Path) -> None:
    (tmp_path / "members.yaml").write_text("[]")
    engine = {
        "type": "pool",
        "model": "smollm2",
        "members": [member(), member(timeout=601.0)],
        "members_file": str(tmp_path / "members.yaml"),
        "refresh": 0.5,
    }
    recipe = {
        "name": "pool",
        "source": {"type": "tasks", "families": ["capital", "plural"], "per_family": 15, "seed": 1},
        "sample": {"engine": engine, "max_tokens": 32, "n": 8},
        "verify": {"type": "per_problem"},
    }
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    with (tmp_path / "output.txt").open("w") as output:
        running = start("run", "recipe.yaml", cwd=tmp_path, stdout=output, stderr=output)
        wait(tmp_path, 40, running)
        _, second = servers(running.pid)
        os.kill(second, signal.SIGKILL)
        (tmp_path / "members.yaml").write_text(json.dumps([member(timeout=602.0)]))
        assert running.wait(300) == 0, (tmp_path / "output.txt").read_text()
    found = rows(tmp_path)
    assert found.height == found["id"].n_unique() == 30 * 8
    assert (
        found.group_by("problem").agg(pl.col("index").sort()).select(pl.col("index").list.len().min()).item()
        == 8
    )
    assert {"llamacpp", "llamacpp #2", "llamacpp #3"} == set(found["server"])
    told = (tmp_path / "output.txt").read_text()
    assert "llamacpp #3" in told
    assert "tokens/s" in told
    log = (tmp_path / "runs/pool/logs/pool.log").read_text()
    assert "is down: the llama.cpp server was killed by signal 9" in log
    assert log.count("llamacpp #2 is up") + log.count("llamacpp is up") >= 3  # the killed one came back
