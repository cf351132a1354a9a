"""What a person sees of a run, on a terminal and without one; and that looking on disturbs nothing."""

from __future__ import annotations

import json
import math
import re
import shlex
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.command import WINNOW, start, winnow
from support.killing import start_winnow
from support.openai_server import OpenAIServer, Script
from support.recipes import write_sums
from support.terminals import Screen, Terminal
from support.waiting import wait_until

from winnow.pipelines.live.files import StatusFile
from winnow.pipelines.live.heart import _BEAT
from winnow.pipelines.live.snapshot import Snapshot, read_snapshot
from winnow.steps.ledger import Ledger

PROBLEMS, N = 24, 4


def write(folder: Path, *servers: OpenAIServer, **keys: Any) -> None:
    """A run that asks these servers, a few completions at a time."""
    members = [
        {"type": "endpoint", "base_url": one.url, "model": "m", "concurrency": 8, "max_n": 2, "retries": 0}
        for one in servers
    ]
    pool = {"type": "pool", "model": "m", "members": members}
    prices = {"input": 1.0, "output": 10.0}
    engine = {**(pool if len(members) > 1 else members[0]), "prices": prices}
    write_sums(folder, **{"count": PROBLEMS, "sample": {"engine": engine, "n": N}, **keys})


def answered(server: OpenAIServer) -> int:
    """Completions that the server has answered in full."""
    return sum(row["n"] or 1 for row in server.sampled)


def seen(folder: Path) -> Snapshot:
    found = read_snapshot(folder / "runs/sums/logs/progress.json")
    assert found is not None
    return found


def test_a_screen_is_the_same_whatever_pieces_are_read() -> None:
    told = "\x1b[?25lone\r\n\x1b[1;31mtwo\x1b[0m\r\x1b[2K\x1b[1A\x1b[2Kthree\x1b[?25h"
    whole, slow = Screen(80), Screen(80)
    whole.feed(told)
    for letter in told:
        slow.feed(letter)
    assert vars(slow) == vars(whole)


def test_lines_that_change_on_a_terminal(tmp_path: Path) -> None:
    """A bar, counts, a row a server, no wider than the screen, and gone in the end; whatever a model says."""
    with OpenAIServer(Script(latency=0.1, text="escapes")) as one, OpenAIServer(Script(latency=0.3)) as two:
        write(tmp_path, one, two)
        one.most = two.most = 8
        with Terminal("run", "recipe.yaml", cwd=tmp_path, TERM="xterm") as terminal:
            wanted = (
                r"━+ *\d+/24 problems",
                r"\d+ candidates · \d+% pass",
                r"\d+ at the engine",
                r"slowest",
                rf"{re.escape(two.url)} +\d+ +\d+/8",
            )
            terminal.wait(lambda: all(re.search(one, terminal.screen().text) for one in wanted))
            live = terminal.screen()
            one.most = two.most = math.inf
            assert terminal.end() == 0
            last = terminal.screen(until="┏")
    assert not live.cursor
    assert live.broken == last.broken == 0
    assert last.cursor
    assert "━" not in last.text
    told = " ".join(last.text.split())
    assert "24/24 problems · 96 candidates" in told
    assert "spent" in told


def test_a_terminal_that_cannot_draw(tmp_path: Path) -> None:
    with OpenAIServer(Script()) as server:
        write(tmp_path, server)
        with Terminal("run", "recipe.yaml", cwd=tmp_path, columns=40, TERM="dumb") as terminal:
            assert terminal.end() == 0
    assert "\x1b" not in terminal.raw
    told = terminal.raw.split("┏")[0].splitlines()[1:]
    assert max(map(len, told)) <= 40
    assert "24/24 problems" in " ".join(told)


def test_no_colour_where_none_is_wanted(tmp_path: Path) -> None:
    with OpenAIServer(Script(latency=0.3)) as server:
        write(tmp_path, server)
        colours = []
        for env in ({"NO_COLOR": "1"}, {}):
            with Terminal("run", "recipe.yaml", cwd=tmp_path, TERM="xterm-256color", **env) as terminal:
                assert terminal.end() == 0
            colours.append({one for one in terminal.screen().colours if one not in ("", "0", "1", "2", "3")})
            write(tmp_path, server, name="again")
    assert not colours[0]
    assert colours[1]


def test_twice_interrupted_gives_the_cursor_back(tmp_path: Path) -> None:
    with OpenAIServer() as server:
        write(tmp_path, server)
        server.most = 8
        with Terminal("run", "recipe.yaml", cwd=tmp_path, TERM="xterm") as terminal:
            terminal.wait(lambda: "% pass" in terminal.raw)
            assert not terminal.screen().cursor
            terminal.process.send_signal(signal.SIGINT)
            terminal.wait(lambda: "Once more" in terminal.raw)
            terminal.process.send_signal(signal.SIGINT)
            assert terminal.end() == 130
            assert terminal.screen().cursor


def test_lines_without_a_terminal(tmp_path: Path) -> None:
    with OpenAIServer(Script(latency=0.2, first=("",) * 20 + ("400",))) as server:
        write(tmp_path, server)
        done = winnow("run", "recipe.yaml", cwd=tmp_path)
    lines = done.stderr.splitlines()
    assert "\x1b" not in done.stderr
    assert max(map(len, lines)) <= 80
    assert re.search(r"2[0-3]/24 problems · \d\d candidates · \d+% pass", done.stderr), done.stderr
    assert re.search(r"^  \d failed · \d:\d\d$", done.stderr, re.MULTILINE)


def test_json_lines(tmp_path: Path) -> None:
    """Whatever comes on stderr is an object a line, the reason for which it ends too."""
    write_sums(tmp_path)
    done = winnow("run", "recipe.yaml", "--log-format", "json", cwd=tmp_path)
    assert done.returncode == 0
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert {one["event"] for one in told} == {"message", "progress"}
    last = [one for one in told if one["event"] == "progress"][-1]
    assert (last["done"], last["completions"], last["phase"]) == (8, 32, "ended")
    assert last["verdicts"] == {"pass": 16, "fail": 16}
    assert set(last) == {"event", *Snapshot.model_fields}
    assert "sft: " in done.stdout
    (tmp_path / "candidates.jsonl").write_text("no JSON\n")
    done = winnow("run", "recipe.yaml", "--log-format", "json", "--runs-dir", "other", cwd=tmp_path)
    assert done.returncode == 2
    last = json.loads(done.stderr.splitlines()[-1])
    assert last["event"] == "error"
    assert last["code"] == 2
    assert "line 1" in last["text"]


@pytest.mark.parametrize(
    ("form", "redirected"),
    [("json", "2>&1 >/dev/null | true"), ("json", "2>/dev/full"), ("text", "2>/dev/full")],
)
def test_nobody_can_listen(tmp_path: Path, form: str, redirected: str) -> None:
    """A pipe that was closed, a log on a full disk: the run goes on."""
    write_sums(tmp_path)
    command = (
        f"{shlex.join(WINNOW)} run recipe.yaml --log-format {form} {redirected}; exit ${{PIPESTATUS[0]}}"
    )
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "runs/sums/datasets/sft").is_dir()


def test_a_terminal_that_hangs_up(tmp_path: Path) -> None:
    """As when a connection ends, under nohup: every write fails from then on."""
    with OpenAIServer(Script(latency=0.3)) as server:
        write(tmp_path, server)
        with Terminal("run", "recipe.yaml", cwd=tmp_path, TERM="xterm") as terminal:
            terminal.wait(lambda: "% pass" in terminal.raw)
            terminal.hang_up()
            assert terminal.process.wait(120) == 0
    assert (tmp_path / "runs/sums/datasets/sft").is_dir()


def test_a_terminal_that_was_stopped(tmp_path: Path) -> None:
    """After ^S nothing can be written to it; the run goes on, and whoever asks elsewhere is told."""
    with OpenAIServer(Script(latency=0.5)) as server:
        write(tmp_path, server)
        with Terminal("run", "recipe.yaml", cwd=tmp_path, TERM="xterm") as terminal:
            terminal.wait(lambda: "% pass" in terminal.raw)
            terminal.type("\x13")
            wait_until(lambda: seen(tmp_path).completions == PROBLEMS * N)
            terminal.type("\x11")
            assert terminal.end() == 0


def test_a_status_file_that_cannot_be_written(tmp_path: Path) -> None:
    write_sums(tmp_path)
    (tmp_path / "runs/sums/logs/progress.json/in-the-way").mkdir(parents=True)
    done = winnow("run", "recipe.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert not list((tmp_path / "runs/sums/logs").glob(".progress*"))


def test_status_is_right_within_two_seconds(tmp_path: Path) -> None:
    """What the server counts, the status says after its next turn; also how many there are in all."""
    assert StatusFile.every + _BEAT <= 2.0
    with OpenAIServer() as server:
        write(tmp_path, server)
        server.most = 10
        process = start("run", "recipe.yaml", cwd=tmp_path)
        try:
            wait_until(lambda: len(server.sampled) == server.most)
            wait_until(lambda: seen(tmp_path).completions == answered(server))
            status = winnow("status", "sums", cwd=tmp_path)
            assert "running: sampling" in status.stdout, status.stderr
            assert re.search(rf"completions +{answered(server)}\b", status.stdout)
            judged = re.findall(r"(?:pass|fail) +(\d+)", status.stdout)
            assert sum(map(int, judged)) <= answered(server)
            assert re.search(r"waiting +\d+ at the engine", status.stdout)
        finally:
            process.kill()
            process.wait()
        killed = winnow("status", "sums", cwd=tmp_path)
        assert "killed" in killed.stdout, killed.stderr


def test_who_is_asked_often_is_not_disturbed(tmp_path: Path) -> None:
    """The ledger of a run whose status was asked eight times holds what that of another does."""
    ledgers = []
    for name, times in (("asked", 8), ("left-alone", 0)):
        folder = tmp_path / name
        folder.mkdir()
        with OpenAIServer() as server:
            write(folder, server)
            server.most = 4
            process = start("run", "recipe.yaml", cwd=folder)
            wait_until(lambda server=server: len(server.sampled) == server.most)  # type: ignore[misc]
            wait_until(lambda folder=folder: seen(folder).phase == "sampling")  # type: ignore[misc]
            asked = [start_winnow("status", "sums", cwd=folder) for _ in range(times)]
            codes = [(one.join(120), one.exitcode)[1] for one in asked]
            server.most = math.inf
            assert process.wait(120) == 0
        assert codes == [0] * times
        ledger = Ledger(folder / "runs/sums/ledger")
        left_out = {"run", "created_at", "latency", "id"}
        tables = {}
        for table in ("problems", "completions", "verdicts"):
            rows = ledger.scan(table)
            kept = [one for one in rows.collect_schema().names() if one not in left_out]
            tables[table] = rows.select(kept).sort(pl.all()).collect().rows()
        ledgers.append(tables)
        assert not times or "running: sampling" in (folder / "output.txt").read_text()
    assert ledgers[0] == ledgers[1]
    assert len(ledgers[0]["completions"]) == PROBLEMS * N


def listening(port: int) -> set[str]:
    """The addresses, in hexadecimal, on which somebody listens at this port."""
    lines = [
        line.split()
        for name in ("tcp", "tcp6")
        if (path := Path("/proc/net") / name).exists()
        for line in path.read_text().splitlines()[1:]
    ]
    pairs = [line[1].split(":") for line in lines if line[3] == "0A"]
    return {address for address, number in pairs if int(number, 16) == port}


def metrics_at(url: str) -> dict[str, Any]:
    """What is told there, read by somebody else's parser."""
    with urllib.request.urlopen(url, timeout=60) as reply:
        assert reply.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        return {one.name: one for one in text_string_to_metric_families(reply.read().decode())}


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_metrics_on_a_port_and_in_a_file(tmp_path: Path) -> None:
    """An independent parser reads them; the port is this machine's alone, and its end is the run's."""
    with OpenAIServer() as server:
        write(tmp_path, server)
        server.most = 4
        process = start("run", "recipe.yaml", "--metrics", "0", cwd=tmp_path, stderr=subprocess.PIPE)
        assert process.stderr
        found = None
        while not found:
            line = process.stderr.readline()
            assert line, "the run ended"
            found = re.search(r"http://127\.0\.0\.1:(\d+)/metrics", line)
        assert listening(int(found[1])) == {"0100007F"}
        (completions,) = metrics_at(found[0])["winnow_completions"].samples
        assert completions.labels == {"run": "sums"}
        wait_until(lambda: metrics_at(found[0])["winnow_completions"].samples[0].value == 8)
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{found[0]}/../secret", timeout=60)
        metrics = metrics_at(found[0])
        (limit,) = metrics["winnow_server_limit"].samples
        assert (limit.labels["server"], limit.value) == ("m", 8.0)
        server.most = math.inf
        process.communicate(timeout=120)
        assert process.returncode == 0
        assert not listening(int(found[1]))
        write(tmp_path, server, name="again")
        done = winnow("run", "recipe.yaml", "--metrics", "winnow.prom", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    metrics = {
        one.name: one for one in text_string_to_metric_families((tmp_path / "winnow.prom").read_text())
    }
    assert metrics["winnow_completions"].samples[0].value == PROBLEMS * N
    assert metrics["winnow_running"].samples[0].value == 0


@pytest.mark.parametrize(
    ("where", "code", "told"),
    [
        ("taken", 3, "cannot be had"),
        ("nowhere/winnow.prom", 3, "cannot be written"),
        (".", 2, "a port or a file"),
        ("70000", 2, "65535"),
    ],
)
def test_metrics_that_cannot_be(tmp_path: Path, where: str, code: int, told: str) -> None:
    write_sums(tmp_path)
    with OpenAIServer() as server:
        port = server.url.rpartition(":")[2].partition("/")[0]
        done = winnow("run", "recipe.yaml", "--metrics", where.replace("taken", port), cwd=tmp_path)
    assert done.returncode == code
    assert told in done.stderr
    assert not (tmp_path / "runs").exists()
