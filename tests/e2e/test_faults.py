"""What happens to machines: a share that is gone, a folder that turns read-only, a clock that is set back."""

from __future__ import annotations

import math
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command import start, winnow
from support.fingerprints import asked
from support.mounts import mount, mounted
from support.openai_server import OpenAIServer
from support.recipes import sums, write_jsonl, write_sums
from support.waiting import wait_until

from winnow.pipelines.begin import run_recipe
from winnow.pipelines.recipe import load_recipe
from winnow.steps.errors import Exit
from winnow.steps.ledger import Ledger, clock
from winnow.steps.ledger.view import departed

DAY = 86_400 * 10**9  # nanoseconds


@pytest.fixture
def share(tmp_path: Path) -> Iterator[Path]:
    """A folder that lies elsewhere, at `tmp_path/real`; the same can be only read at `tmp_path/frozen`."""
    share, real, frozen = (tmp_path / name for name in ("share", "real", "frozen"))
    for one in (share, real, frozen):
        one.mkdir()
    mount("--bind", real, share)
    mount("--bind", real, frozen)
    mount("-o", "remount,ro,bind", frozen)
    yield share
    for one in (share, share, frozen):
        subprocess.run(["umount", "-l", one], check=False, capture_output=True)


@pytest.mark.parametrize("fault", ["unmounted", "read-only"])
def test_a_share_that_is_lost(tmp_path: Path, share: Path, fault: str) -> None:
    """The run says so and ends; nothing is written where the share was; mended, the run goes on."""
    with OpenAIServer() as server:
        engine = {"type": "endpoint", "base_url": server.url, "model": "m", "concurrency": 8}
        write_sums(tmp_path, count=120, sample={"engine": engine, "n": 4})
        command = ("run", "recipe.yaml", "--runs-dir", str(share))
        server.most = 16
        process = start(*command, cwd=tmp_path, stderr=subprocess.PIPE)
        ledger = Ledger(tmp_path / "real/sums/ledger")
        wait_until(lambda: len(server.sampled) == 16)
        server.script.latency, server.most = 2.0, math.inf  # half a minute to go, and something to commit
        wait_until(lambda: ledger.height("completions"))
        if fault == "unmounted":
            subprocess.run(["umount", "-l", share], check=True)
        else:
            # Over it, and read-only before it is there: what is open for writing keeps a mount from turning.
            assert mounted("--bind", tmp_path / "frozen", share)
        told = " ".join(process.communicate(timeout=120)[1].split())
        assert process.returncode == 3, told
        assert "Traceback" not in told
        assert "run again" in told
        assert ("share unmounted" if fault == "unmounted" else "Read-only file system") in told
        if fault == "unmounted":
            assert list(share.iterdir()) == []
            assert mounted("--bind", tmp_path / "real", share)
        else:
            again = winnow(*command, cwd=tmp_path)
            assert again.returncode == 3
            assert "cannot be written: Read-only file system" in again.stderr
            subprocess.run(["umount", "-l", share], check=True)
        held = set(ledger.scan("completions").select("id").collect()["id"])
        server.script.latency = 0.0
        done = winnow(*command, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert 0 < len(held) < 480
    assert held < set(ledger.scan("completions").select("id").collect()["id"])
    assert asked(share / "sums")["len"].to_list() == [4] * 120


def test_a_clock_that_is_set_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written last counts, whatever the clock said: a problem that came back is there again."""
    recipe = load_recipe(write_sums(tmp_path, count=3))
    assert run_recipe(recipe, tmp_path) is Exit.DONE
    write_jsonl(tmp_path / "problems.jsonl", sums(2))
    assert run_recipe(recipe, tmp_path) is Exit.DONE
    ledger = Ledger(tmp_path / "sums/ledger")
    assert departed(ledger).collect().height == 1
    real = time.time_ns
    monkeypatch.setattr(clock.time, "time_ns", lambda: real() - DAY)
    monkeypatch.setattr(clock, "_latest", 0)  # another process
    write_jsonl(tmp_path / "problems.jsonl", sums(3))
    assert run_recipe(recipe, tmp_path) is Exit.DONE
    assert departed(ledger).collect().is_empty()
