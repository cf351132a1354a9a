"""A pool of servers that are slow, refuse, die, come back, join and leave."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from support.openai_server import OpenAIServer, Script
from support.ports import held

from winnow.steps.engine import member as member_module
from winnow.steps.engine import pool_engine
from winnow.steps.engine.pool import PoolConfig
from winnow.steps.engine.pool_engine import Pool
from winnow.steps.engine.protocol import EngineUnreachable, Parameters, RequestFailed
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.records import Choice, Problem, messages_of

PARAMETERS = Parameters(max_tokens=50)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(member_module, "_FIRST_WAIT", 0.2)


def endpoint(server: OpenAIServer | str, **more: Any) -> dict[str, Any]:
    url = server if isinstance(server, str) else server.url
    return {"type": "endpoint", "base_url": url, "model": "m", "concurrency": 8, **more}


def pool(*servers: OpenAIServer | dict[str, Any], log_dir: Path | None = None, **more: Any) -> Pool:
    members = [one if isinstance(one, dict) else endpoint(one) for one in servers]
    keys = {"type": "pool", "model": "m", "members": members, "patience": 3.0, "refresh": 0.2, **more}
    return PoolConfig.model_validate(keys).engine(log_dir)


def problems(count: int) -> list[Problem]:
    return [Problem(str(at), messages_of(f"What is {at} + {at}?")) for at in range(count)]


async def drive(engine: Pool, count: int, n: int = 4, at_once: int = 16) -> dict[str, list[Choice]]:
    """Ask for all, so many problems at once; the choices of each."""
    turns = asyncio.Semaphore(at_once)
    found: dict[str, list[Choice]] = {}

    async def ask(problem: Problem) -> None:
        async with turns:
            found[problem.source_id] = list(await engine.sample(problem, PARAMETERS, 0, n))

    await asyncio.gather(*(ask(problem) for problem in problems(count)))
    return found


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(120):
        while not true():
            await asyncio.sleep(0.02)


def names(engine: Pool) -> set[str]:
    """Who is up."""
    return {one.name for one in engine._up()}


def shares(found: dict[str, list[Choice]]) -> Counter[str | None]:
    return Counter(choice.server for choices in found.values() for choice in choices)


async def test_the_faster_server_does_more_and_answers_are_the_same_wherever_they_come_from():
    with OpenAIServer(Script(latency=0.02)) as fast, OpenAIServer(Script(latency=1.0)) as slow:
        engine = pool(fast, slow)
        await engine.start()
        assert engine.identity == '{"model":"m"}'
        found = await drive(engine, 60)
        await engine.close()
        alone = pool(fast)
        await alone.start()
        assert {key: [one.text for one in value] for key, value in (await drive(alone, 60)).items()} == {
            key: [one.text for one in value] for key, value in found.items()
        }
        await alone.close()
    told = shares(found)
    assert told.total() == 240 and len(told) == 2
    assert told[fast.url] > 2 * told[slow.url] > 0


async def test_one_that_dies_loses_nothing_and_is_back_when_it_is():
    with (
        held() as port,
        OpenAIServer(Script(latency=0.05)) as steady,
        OpenAIServer(Script(latency=0.05), port=port) as mortal,
    ):
        engine = pool(steady, mortal)
        await engine.start()
        asked = asyncio.create_task(drive(engine, 80))
        await until(lambda: len(mortal.sampled) > 4)
        await asyncio.to_thread(mortal.stop)
        found = await asked
        assert sorted(len(one) for one in found.values()) == [4] * 80
        assert set(shares(await drive(engine, 4))) == {steady.url}
        with OpenAIServer(Script(latency=0.01), port=port):
            await until(lambda: len(engine._up()) == 2)
            assert shares(await drive(engine, 40))[mortal.url] > 0
        await engine.close()


async def test_one_that_joins_works_and_one_that_leaves_does_not(tmp_path):
    file = tmp_path / "members.yaml"
    with OpenAIServer(Script(latency=0.05)) as first, OpenAIServer(Script(latency=0.05)) as second:
        file.write_text(json.dumps([endpoint(first)]))
        engine = pool(members_file=str(file), log_dir=tmp_path / "logs")
        await engine.start()
        assert set(shares(await drive(engine, 8))) == {first.url}
        log = tmp_path / "logs/pool.log"
        file.write_text(json.dumps([endpoint(first), endpoint(second)]))
        await until(lambda: f"{second.url} is up" in log.read_text())
        assert set(shares(await drive(engine, 16))) == {first.url, second.url}
        file.write_text("[{type: endpoint")  # half written: everybody stays
        await until(lambda: "the members stay as they are" in log.read_text())
        assert names(engine) == {first.url, second.url}
        file.write_text(json.dumps([endpoint(second)]))
        await until(lambda: f"{first.url} left" in log.read_text())
        assert set(shares(await drive(engine, 8))) == {second.url}
        await engine.close()


async def test_members_from_a_command(tmp_path):
    with OpenAIServer() as server:
        told = tmp_path / "told.json"
        told.write_text(json.dumps([endpoint(server)]))
        engine = pool(members_command=["cat", str(told)])
        await engine.start()
        assert shares(await drive(engine, 4)).total() == 16
        await engine.close()


async def test_a_server_that_refuses_is_asked_for_less_at_once_and_then_for_more():
    with OpenAIServer(Script(latency=0.02, kinds=("busy",))) as server, OpenAIServer() as other:
        engine = pool(server, other)
        await engine.start()
        one = next(member for member in engine._members.values() if member.name == server.url)
        before = one.limit
        server.script.faults = 1.0
        await drive(engine, 30)
        assert one.limit <= before / 2
        low = one.limit
        server.script.faults = 0.0
        other.script.latency = 0.05
        await drive(engine, 60)
        assert one.limit > low
        assert one.limit <= 8
        await engine.close()


async def test_a_straggler_is_asked_of_somebody_idle():
    """The last request hangs at one server; the other answers it."""
    with OpenAIServer(Script(latency=0.02)) as hangs, OpenAIServer(Script(latency=0.02)) as other:
        engine = pool(hangs, other)
        await engine.start()
        while any(one.usual is None for one in engine._up()):
            await drive(engine, 40)
        hangs.script.latency = 600.0
        found = await asyncio.wait_for(drive(engine, 4), 120)
        await engine.close()
    assert shares(found) == {other.url: 16}
    assert engine.counters.hedges >= 1


async def test_nobody_there():
    engine = pool(endpoint("http://127.0.0.1:9/v1"), patience=0.5)
    with pytest.raises(
        EngineUnreachable, match=r"no member of the pool answers: .*127\.0\.0\.1:9.*nothing answers"
    ):
        await engine.start()


async def test_all_gone_in_the_middle(problem):
    with OpenAIServer() as server:
        engine = pool(server, patience=0.5)
        await engine.start()
    with pytest.raises(EngineUnreachable, match="no member of the pool answers"):
        await asyncio.wait_for(engine.sample(problem, PARAMETERS, 0, 2), 60)
    await engine.close()


async def test_what_nobody_will_answer_fails(problem):
    with OpenAIServer(Script(max_prompt=200)) as one, OpenAIServer(Script(max_prompt=200)) as two:
        engine = pool(one, two)
        await engine.start()
        with pytest.raises(RequestFailed, match="the prompt is too long"):
            await engine.sample(Problem("x", messages_of("word " * 200)), PARAMETERS, 0, 4)
        assert len(await engine.sample(problem, PARAMETERS, 0, 4)) == 4
        await engine.close()


async def test_a_request_is_cut_for_those_who_take_less(problem):
    """One server knows no `n`; the indices are in order all the same, and nobody stays reserved."""
    with OpenAIServer(Script(n="ignore")) as single, OpenAIServer() as many:
        engine = pool(single, endpoint(many, max_n=3))
        await engine.start()
        (choices, again) = [await engine.sample(problem, PARAMETERS, 0, 10) for _ in range(2)]
        assert len(choices) == len(again) == 10
        assert all(member.in_flight == 0 for member in engine._members.values())
        await engine.close()


async def test_prices_of_members():
    with OpenAIServer() as cheap, OpenAIServer() as dear:
        prices = {"prices": {"input": 0.0, "output": 1e6}}
        engine = pool(endpoint(cheap), endpoint(dear, **prices))
        await engine.start()
        found = await drive(engine, 20)
        await engine.close()
    for choice in (one for choices in found.values() for one in choices):
        assert choice.cost == (choice.tokens if choice.server == dear.url else None)


async def test_cancelled_requests_leave_nothing_reserved(problem):
    with OpenAIServer(Script(latency=5.0)) as server:
        engine = pool(server)
        server.script.latency = 0.0
        await engine.start()
        server.script.latency = 5.0
        before = asyncio.all_tasks()
        asked = [asyncio.create_task(engine.sample(problem, PARAMETERS, 0, 4)) for _ in range(6)]
        await asyncio.sleep(0.2)
        for one in asked:
            one.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        assert all(member.in_flight == 0 for member in engine._members.values())
        assert asyncio.all_tasks() <= before
        await engine.close()


async def test_what_is_declared_wrongly_is_named(tmp_path):
    with pytest.raises(ValidationError, match="a pool needs `members`"):
        PoolConfig(type="pool", model="m")
    file = tmp_path / "members.yaml"
    with pytest.raises(MissingError, match=r"members_file .*members\.yaml: No such file"):
        await pool(members_file=str(file)).start()
    for text, match in (("[", "no YAML"), ("[{type: nothing}]", "0: Input tag"), ("7", "the list: ")):
        file.write_text(text)
        with pytest.raises(UsageError, match=match):
            await pool(members_file=str(file)).start()
    with pytest.raises(MissingError, match="members_command false ended with 1"):
        await pool(members_command=["false"]).start()
    with pytest.raises(MissingError, match="members_command nowhere: No such file"):
        await pool(members_command=["nowhere"]).start()


async def test_whoever_looks_on_sees_who_does_what(monkeypatch: pytest.MonkeyPatch) -> None:
    """The members' own counts are what the servers answered, and who is gone says why."""
    monkeypatch.setattr(pool_engine, "_LATE", 10_000)  # of a request that is asked twice one answer is lost
    with OpenAIServer(Script(latency=0.02)) as one, OpenAIServer(Script(latency=0.02)) as two:
        engine = pool(one, two, endpoint("http://127.0.0.1:9/v1"))
        await engine.start()
        found = await drive(engine, 40)
        told = {standing.name: standing for standing in engine.standings}
        for server in (one, two):
            standing = told[server.url]
            assert standing.up and standing.in_flight == 0 and standing.limit > 0
            tokens = sum(
                choice.tokens for said in found.values() for choice in said if choice.server == server.url
            )
            assert standing.counters.tokens_out == tokens
            assert standing.counters.answered == len(server.sampled) > 0
            assert 0.02 <= standing.counters.seconds / standing.counters.answered < 60.0
        gone = told["http://127.0.0.1:9/v1"]
        assert not gone.up and gone.limit == 0 and gone.trouble
        assert any("is not up" in text for _, text in engine.notes.recent)
        await engine.close()
