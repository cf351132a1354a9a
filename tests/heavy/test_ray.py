"""`winnow run --ray` on three nodes: the local runner's ledger, whatever is killed."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support import documented, environments
from support.command import winnow
from support.crews import run_locally
from support.fingerprints import acknowledged, asked_for, keys, outcomes
from support.openai_server import OpenAIServer, Script
from support.recipes import write_jsonl, write_sums
from support.searching import trees, write_search

from winnow.pipelines.recipe import load_recipe
from winnow.steps.errors import Exit
from winnow.steps.ledger import Ledger
from winnow.steps.records import Problem

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1200)]
ROOT = Path(__file__).parents[2]
UNTIL = {"until": {"pass": 3, "fail": 3}, "max_n": 12}
KEY = "sk-ray-8f31c0"
TOKEN = secrets.token_hex(32)
COMMANDS = documented.of("docs/ray.md")
DEMO = ROOT / "pipelines/recipes/demo.yaml"


@dataclass
class Nodes:
    """The cluster's address, its nodes' raylets, of which the first one's is the head's, and its logs."""

    python: Path
    address: str
    raylets: list[int]
    session: Path

    def start(self, *arguments: str | Path, cwd: Path) -> subprocess.Popen[str]:
        command = [self.python, "-m", "winnow.pipelines.cli", *arguments]
        output, env = (cwd / "output.txt").open("w"), {**_ours(), "RAY_ADDRESS": self.address}
        return subprocess.Popen(
            [*map(str, command)], cwd=cwd, text=True, stdout=output, stderr=output, env=env
        )

    def workers(self, at: int) -> list[int]:
        """The processes of our actors on a node, which Ray names by their class."""
        command = ["pgrep", "-P", str(self.raylets[at]), "-f", "^ray::Worker"]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        return [int(pid) for pid in found.stdout.split()]


def _ours() -> dict[str, str]:
    """The environment of the nodes and of the command: whoever has no token cannot use the cluster."""
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": TOKEN}
    return {**os.environ, **token, "PYTHONPATH": str(ROOT / "src"), "RAY_TEST_KEY": KEY}


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    python = environments.ray() / "bin/python"
    script = ROOT / "tests/support/ray_cluster.py"
    pipe = subprocess.PIPE
    process = subprocess.Popen([python, script, "3"], stdin=pipe, stdout=pipe, text=True, env=_ours())
    assert process.stdin is not None and process.stdout is not None
    told = json.loads(process.stdout.readline())
    yield Nodes(python, told["address"], told["raylets"], Path(told["logs"]))
    process.stdin.close()
    process.wait(120)


def write_demo(folder: Path, *sets: str) -> list[str]:
    """Candidates for the demo's problems, some of them right; how the demo is run on them."""
    recipe = load_recipe(DEMO, sets)
    rows: list[dict[str, Any]] = []
    for problem in recipe.source.rows():
        assert isinstance(problem, Problem)
        right = answers(problem.prompt[-1]["content"])
        texts = [right[one] if one in right else f"wrong in way {one} of {len(rows)}" for one in range(16)]
        rows.append({"id": problem.source_id, "completions": texts})
    path = str(write_jsonl(folder / "candidates.jsonl", rows))
    engine = f"sample.engine={json.dumps({'type': 'replay', 'path': path, 'concurrency': 1})}"
    return [part for one in (*sets, engine) for part in ("--set", one)]


def answers(asked: str) -> dict[int, str]:
    """Right ones to three of the eight families, by their index: in the first rounds, and in later ones."""
    if found := re.search(r"for (\w+), who is (\d+)", asked):
        name, age = found.groups()
        return {1: f'{{"name": "{name}", "age": {age}}}', 6: f'{{"age": {age}, "name": "{name}"}}'}
    if found := re.search(r"numbered list: (.*), (.*), (.*)\.", asked):
        return {
            at: "\n".join(f"{one}{dot} {word}" for one, word in enumerate(found.groups(), 1))
            for at, dot in ((0, "."), (3, ")"))
        }
    if found := re.search(r"has (\d+) .* gets (\d+) more", asked):
        a, b = map(int, found.groups())
        return {2: f"{a} + {b} = {a + b}", 9: f"{b} + {a} = {a + b}."}
    return {}


def until(true: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Wait for something that a run does; it must not end before."""
    while not true():
        assert process.poll() is None, "it ended too early"
        time.sleep(0.02)


def kill_in_the_middle(nodes: Nodes, process: subprocess.Popen[str], run: Path, count: int) -> None:
    """Kill the workers of two nodes, at parts of so many completions, and then the third node."""

    def has(share: float) -> bool:
        return Ledger(run / "ledger").height("completions") >= share * count

    until(lambda: all(map(nodes.workers, range(3))), process)
    for at, share in enumerate((0.15, 0.3)):
        until(lambda share=share: has(share), process)
        os.kill(nodes.workers(at)[0], signal.SIGKILL)
    until(lambda: has(0.45), process)
    os.kill(nodes.raylets.pop(), signal.SIGKILL)


def lost(run: Path) -> int:
    events = Ledger(run / "ledger").scan("events").filter(pl.col("kind") == "worker_lost")
    return events.collect().height


def test_the_demo_on_three_nodes(nodes: Nodes, tmp_path: Path) -> None:
    """Nobody disturbs it, and then two workers are killed, and a node."""
    more = write_demo(tmp_path, "source.per_family=60")
    assert winnow("run", DEMO, *more, "--runs-dir", "alone", cwd=tmp_path).returncode == 0
    alone = tmp_path / "alone/demo"
    passed = {problem for _, problem, _, _, status, _ in outcomes(alone) if status == "pass"}
    assert len(passed) >= 100
    for runs in ("calm", "killed"):
        process = nodes.start("run", DEMO, *more, "--ray", nodes.address, "--runs-dir", runs, cwd=tmp_path)
        if runs == "killed":
            kill_in_the_middle(nodes, process, tmp_path / "killed/demo", len(outcomes(alone)))
        assert process.wait(300) == 0, (tmp_path / "output.txt").read_text()
        told = keys(tmp_path / runs / "demo")
        assert told == keys(alone) and all(len(ids) == len(set(ids)) for ids in told.values())
        assert outcomes(tmp_path / runs / "demo") == outcomes(alone)
        builds = [next((run / "builds").iterdir()).name for run in (alone, tmp_path / runs / "demo")]
        assert builds[0] == builds[1]
    assert lost(tmp_path / "killed/demo") >= 3 and not lost(tmp_path / "calm/demo")


def test_a_server_counts(nodes: Nodes, tmp_path: Path) -> None:
    """What the ledger held when the run was told to end, and when a worker was killed, is never asked for
    again; and the server's key, which every node has in its environment, is in nothing that Ray writes."""
    script = Script(latency=0.15, spread=0.5, seed=5, api_key=KEY)
    with OpenAIServer(script) as server:
        engine = {"type": "endpoint", "base_url": server.url, "model": "m", "api_key": "${env:RAY_TEST_KEY}"}
        sample = {"engine": {**engine, "concurrency": 4}, "max_tokens": 64, **UNTIL}
        recipe = write_sums(tmp_path, count=30, sample=sample).rename(tmp_path / "sums.yaml")
        run, again = tmp_path / "runs/sums", set[tuple[str, int]]()
        for stop, told in zip((signal.SIGTERM, signal.SIGKILL), COMMANDS, strict=True):
            process = nodes.start(*told.split()[1:], cwd=tmp_path)
            before = Ledger(run / "ledger").height("completions")
            until(lambda before=before: Ledger(run / "ledger").height("completions") >= before + 30, process)
            held, seen = acknowledged(run), len(server.seen)
            if stop is signal.SIGTERM:
                process.send_signal(stop)
                assert process.wait(300) == Exit.INTERRUPTED, (tmp_path / "output.txt").read_text()
                assert sum(row["n"] for row in server.sampled) == len(acknowledged(run))  # it was drained
            else:
                os.kill(next(pid for at in range(len(nodes.raylets)) for pid in nodes.workers(at)), stop)
                assert process.wait(300) == 0, (tmp_path / "output.txt").read_text()
            asked = [asked_for(body) for body in server.seen[seen:] if body["max_tokens"] > 1]
            again |= held & set().union(*asked)
        assert not again
        documented.ran("docs/ray.md", COMMANDS)
        env = {"RAY_TEST_KEY": KEY}
        assert winnow("run", recipe, "--runs-dir", "alone", cwd=tmp_path, env=env).returncode == 0
    assert keys(run) == keys(tmp_path / "alone/sums") and outcomes(run) == outcomes(tmp_path / "alone/sums")
    assert lost(run) == 1
    assert "(raylet)" not in (tmp_path / "output.txt").read_text()  # of the death of a worker
    logs = [path for path in nodes.session.rglob("*") if path.is_file()]
    assert logs and not [path for path in logs if KEY.encode() in path.read_bytes()]


def test_a_search_goes_on_where_its_worker_died(nodes: Nodes, tmp_path: Path) -> None:
    """Nothing that the ledger held when it was killed is asked for again."""
    search, run = {"type": "beam", "n": 4, "width": 2, "depth": 6}, tmp_path / "runs/sums"
    with OpenAIServer(Script(text="steps", latency=0.1)) as server:
        recipe = write_search(tmp_path, server.url, search, count=10, concurrency=4)
        process = nodes.start("run", recipe, "--ray", nodes.address, cwd=tmp_path)
        ledger = Ledger(run / "ledger")
        until(lambda: ledger.height("nodes") >= 30, process)
        held, seen = set(ledger.scan("nodes").select("seed").collect()["seed"]), len(server.seen)
        os.kill(next(pid for at in range(len(nodes.raylets)) for pid in nodes.workers(at)), signal.SIGKILL)
        assert process.wait(300) == 0, (tmp_path / "output.txt").read_text()
        asked = [body for body in server.seen[seen:] if body["max_tokens"] > 1]
        assert not held & {body["seed"] + at for body in asked for at in range(body["n"])}
        run_locally(recipe, tmp_path / "alone")
    assert trees(run) == trees(tmp_path / "alone") and keys(run) == keys(tmp_path / "alone")
    assert lost(run) == 1
