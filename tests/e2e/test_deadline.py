"""`--deadline`: the run is over in time, with what it has built; the next one goes on."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from support.command import winnow
from support.fingerprints import asked, keys
from support.openai_server import OpenAIServer, Script
from support.recipes import write_sums

from winnow.pipelines.deadline import deadline_of
from winnow.steps.errors import UsageError

SECONDS = 9  # enough to start in, on a machine that is busy


@pytest.mark.parametrize("latency", [0.3, 600.0], ids=["answers come home", "a server that hangs"])
def test_a_run_that_would_take_longer(tmp_path: Path, latency: float) -> None:
    with OpenAIServer(Script()) as server:
        engine = {"type": "endpoint", "base_url": server.url, "model": "m", "concurrency": 4}
        publish = {"to": str(tmp_path / "out")}
        write_sums(tmp_path, count=4, sample={"engine": engine, "n": 4}, publish=publish)
        assert winnow("run", "recipe.yaml", cwd=tmp_path).returncode == 0
        write_sums(tmp_path, count=2000, sample={"engine": engine, "n": 4}, publish=publish)
        server.script.latency = latency
        build, began = (tmp_path / "runs/sums/datasets").readlink(), time.monotonic()
        sampled = len(server.sampled)
        done = winnow("run", "recipe.yaml", "--deadline", f"{SECONDS}s", cwd=tmp_path)
        assert done.returncode == 124, done.stderr
        assert time.monotonic() - began < SECONDS + 4
        assert "the deadline came first" in done.stderr
        held = keys(tmp_path / "runs/sums")["completions"]
        whole = len(held) == 4 * len(server.sampled)
        assert whole if latency < 1 else len(held) == 4 * sampled
        assert ((tmp_path / "runs/sums/datasets").readlink() != build) == (latency < 1)
        server.script.latency = 0.0
        write_sums(tmp_path, count=20, sample={"engine": engine, "n": 4})
        assert winnow("run", "recipe.yaml", "--deadline", "1h", cwd=tmp_path).returncode == 0
    assert set(asked(tmp_path / "runs/sums")["len"].to_list()) == {4}


@pytest.mark.parametrize("told", ["", "2", "h", "25:00", "7:3", "-1s", "2h 3m"])
def test_what_is_no_deadline(told: str) -> None:
    with pytest.raises(UsageError, match="expected a span"):
        deadline_of(told)
