"""What a server can do is found out once, and again where it turns out to be otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.command import winnow
from support.openai_server import OpenAIServer, Script
from support.recipes import write_sums

from winnow.steps.engine.pool import PoolConfig
from winnow.steps.engine.probe import Features
from winnow.steps.engine.protocol import EngineUnreachable, Parameters, RequestFailed
from winnow.steps.engine.remembered import FILE, Remembered
from winnow.steps.records import Problem, messages_of

PARAMETERS = Parameters(max_tokens=50)


def probes(server: OpenAIServer) -> int:
    return sum(body.get("max_tokens", 1) == 1 for body in server.seen)


async def test_a_second_start_asks_for_no_token(connect, problem, tmp_path):
    with OpenAIServer(Script(n="ignore", usage="one", tokenize=True)) as server:
        first = await connect(server, log_dir=tmp_path)
        asked = len(server.seen)
        second = await connect(server, log_dir=tmp_path)
        assert len(server.seen) == asked > 0
        assert second._features == first._features and second.most == 1
        assert len(await second.sample(problem, PARAMETERS, 0, 3)) == 3
        assert probes(server) == asked


@pytest.mark.parametrize(
    "keys", [{"model": "other"}, {"api": "completions"}, {"extra": {"top_k": 1}}, {"logprobs": True}]
)
async def test_another_question_is_asked_anew(connect, tmp_path, keys):
    with OpenAIServer(Script(logprobs="asked")) as server, OpenAIServer() as elsewhere:
        await connect(server, log_dir=tmp_path)
        asked = probes(server)
        await connect(server, log_dir=tmp_path, **keys)
        assert probes(server) > asked
        await connect(elsewhere, log_dir=tmp_path)
        assert probes(elsewhere) == 1
        assert len(json.loads((tmp_path / FILE).read_text())) == 3


@pytest.mark.parametrize(
    "changed", [Script(n="refuse"), Script(seeds="refuse"), Script(limit_name="max_completion_tokens")]
)
async def test_a_server_that_changed_is_found_out(connect, problem, tmp_path, changed):
    with OpenAIServer() as server:
        await connect(server, log_dir=tmp_path)
        server.script = changed
        client = await connect(server, log_dir=tmp_path)
        choices = await client.sample(problem, PARAMETERS, 0, 4)
        assert len({choice.text for choice in choices}) > 1 and len(choices) == 4
        assert client.counters.failures == 0
        asked = len(server.seen)
        again = await connect(server, log_dir=tmp_path)  # and what was found out is remembered
        assert len(server.seen) == asked and again._features == client._features != Features()


async def test_an_answer_to_less_confirms_nothing(connect, problem, tmp_path):
    with OpenAIServer() as server:
        await connect(server, log_dir=tmp_path)
        server.script = Script(n="refuse")
        client = await connect(server, log_dir=tmp_path)
        assert len(await client.sample(problem, PARAMETERS, 0, 1)) == 1
        assert len(await client.sample(problem, PARAMETERS, 1, 4)) == 4


async def test_a_prompt_that_is_refused_is_not_asked_for_ever(connect, tmp_path):
    with OpenAIServer(Script(max_prompt=100)) as server:
        await connect(server, log_dir=tmp_path)
        client = await connect(server, log_dir=tmp_path)
        for _ in range(3):
            with pytest.raises(RequestFailed, match="too long"):
                await client.sample(Problem("long", messages_of("x" * 101)), PARAMETERS, 0, 1)
        assert probes(server) == 2  # the first start, and when the first refusal could have been due to it


async def test_a_model_that_is_gone_is_named(connect, problem, tmp_path):
    with OpenAIServer() as server:
        await connect(server, log_dir=tmp_path)
        server.script = Script(models=("another",))
        client = await connect(server, log_dir=tmp_path)
        with pytest.raises(EngineUnreachable, match="no model 'm'; it serves: another"):
            await client.sample(problem, PARAMETERS, 0, 1)


async def test_a_server_that_is_gone_is_told_at_the_start(connect, tmp_path):
    with OpenAIServer() as server:
        await connect(server, log_dir=tmp_path)
    with pytest.raises(EngineUnreachable, match="nothing answers"):
        await connect(server, log_dir=tmp_path)


async def test_nothing_secret_is_written_down(connect, tmp_path, monkeypatch):
    monkeypatch.setenv("WINNOW_TEST_KEY", "sk-secret")
    with OpenAIServer(Script()) as server:
        monkeypatch.setenv("WINNOW_TEST_URL", server.url.replace("//", "//me:hidden@") + "?token=hidden")
        await connect("${env:WINNOW_TEST_URL}", log_dir=tmp_path, headers={"X-Key": "${env:WINNOW_TEST_KEY}"})
        assert server.headers[-1]["x-key"] == "sk-secret"
        told = (tmp_path / FILE).read_text()
        assert not any(secret in told for secret in ("sk-secret", "hidden", "me", "127.0.0.1"))


@pytest.mark.parametrize(
    "broken", [b"", b"[1]", b"\xff", b"[" * 100_000, b'{"k": 7}', b'{"k": {"limit": "max_words"}}']
)
def test_a_file_that_is_broken_is_no_memory(tmp_path, broken):
    (tmp_path / FILE).write_bytes(broken)
    memory = Remembered(tmp_path / FILE)
    assert memory.recall("k") is None
    memory.keep("k", Features(n=False))
    assert memory.recall("k") == Features(n=False)
    memory.keep("k", None)
    assert memory.recall("k") is None


def test_where_nothing_can_be_written_nothing_is_remembered(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / FILE, None):
        Remembered(path).keep("k", Features())
        assert Remembered(path).recall("k") is None


async def test_a_pools_members_are_remembered_and_one_that_is_gone_is_missed(tmp_path):
    with OpenAIServer() as one, OpenAIServer() as other:
        members = [{"type": "endpoint", "base_url": server.url, "model": "m"} for server in (one, other)]
        config = PoolConfig.model_validate({"type": "pool", "model": "m", "members": members})
        for _ in range(2):
            engine = config.engine(tmp_path)
            await engine.start()
            await engine.close()
        assert probes(one) == probes(other) == 1
        other.stop()
        engine = config.engine(tmp_path)
        await engine.start()
        assert [member.name for member in engine._up()] == [one.url]
        await engine.close()


def test_a_run_that_goes_on_probes_nobody_again(tmp_path: Path) -> None:
    with OpenAIServer() as server:
        engine: dict[str, Any] = {"type": "endpoint", "base_url": server.url, "model": "m"}
        write_sums(tmp_path, count=3, sample={"engine": engine, "n": 2, "max_tokens": 64})
        for n in (2, 4):
            done = winnow("run", "recipe.yaml", "--set", f"sample.n={n}", cwd=tmp_path)
            assert done.returncode == 0, done.stderr
        assert probes(server) == 1 and len(server.sampled) == 6
