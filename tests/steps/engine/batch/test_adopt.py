"""Batches of a run that ended: the next one waits for them, or takes what they brought."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from support.batch_server import BatchScript, BatchServer

from winnow.steps.engine.batch.engine import BatchEngine
from winnow.steps.engine.batch.spool import count_out, records_of
from winnow.steps.engine.deferred import Place, StillOut
from winnow.steps.engine.protocol import EngineUnreachable
from winnow.steps.errors import MissingError, UsageError

from .conftest import PARAMETERS, PROBLEMS, Connect, ask, texts


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.005)


async def end_when(engine: BatchEngine, true: Callable[[], object], n: int = 4) -> None:
    """Ask for all problems, and end as a process that is killed at that moment: nothing more is written."""
    asked = asyncio.create_task(ask(engine, n))
    await until(true)
    for task in engine._tasks:
        task.cancel()
    await engine.close()
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)


async def test_a_batch_that_is_out(connect: Connect, tmp_path: Path) -> None:
    with BatchServer(BatchScript(took=0.3)) as server:
        await end_when(await connect(server), lambda: records(tmp_path) and records(tmp_path)[0].batch)
        assert count_out(tmp_path / "batches") == 1
        engine = await connect(server)
        assert engine.out == 1
        assert [len(found) for found in texts(await ask(engine))] == [4] * 12
        assert (len(server.asked), server.files) == (12, {})
        assert count_out(tmp_path / "batches") == 0


def records(folder: Path) -> list[object]:
    return list(records_of(folder / "batches"))  # type: ignore[arg-type]


@pytest.mark.parametrize("fault", ["hold", "late"])
async def test_a_batch_of_which_nobody_was_told(connect: Connect, fault: str) -> None:
    """The process ends after it asked for the batch, which is made before its end, or only afterwards."""
    with BatchServer(BatchScript(took=0.1, steps={"create": (fault,)})) as server:
        for _ in range(5):  # of another's, so that ours is not on the list's first page
            server.batches[f"other{len(server.batches)}"] = {
                "id": f"other{len(server.batches)}", "made": 0.0, "end": "completed", "total": 1,
                "input_file_id": "theirs", "metadata": None,
            }  # fmt: skip
        began = await connect(server)
        seen = (lambda: server.asked) if fault == "hold" else (lambda: server.steps["create"])
        await end_when(began, seen)
        engine = await connect(server)
        assert [len(found) for found in texts(await ask(engine))] == [4] * 12
        await asyncio.sleep(1.1 if fault == "late" else 0.0)
        assert len(server.asked) == 12
        assert set(server.paid.values()) == {1}
        assert server.files == {}


async def test_a_file_of_which_no_batch_was_made(connect: Connect, tmp_path: Path) -> None:
    """It costs nothing, and is deleted."""
    with BatchServer(BatchScript(steps={"create": ("busy",) * 99})) as server:
        await end_when(await connect(server, poll=60.0), lambda: server.steps["create"])
        assert len(server.files) == 1
        server.script.steps = {}
        engine = await connect(server)
        assert (server.files, records(tmp_path)) == ({}, [])
        assert len(texts(await ask(engine))) == 12
        assert len(server.batches) == 1


async def test_what_was_fetched_and_is_not_in_the_ledger(connect: Connect, tmp_path: Path) -> None:
    with BatchServer() as server:
        before = await connect(server)
        said = texts(await ask(before))
        await before.close()
        engine = await connect(server)
        assert engine.out == 0
        assert texts(await ask(engine)) == said
        assert len(server.asked) == 12


async def test_what_the_ledger_has_is_let_go(connect: Connect, tmp_path: Path) -> None:
    with BatchServer() as server:
        engine = await connect(server, max_requests=4)
        texts(await ask(engine))
        await engine.close()
        assert len(records(tmp_path)) == 3
        ledger: set[Place] = {(problem.id, at) for problem in PROBLEMS[:10] for at in range(4)}
        engine.settle(lambda places: ledger & set(places))
        assert len(records(tmp_path)) == 1
        again = await connect(server)
        assert len(texts(await ask(again))) == 12
        assert len(server.asked) == 12 + 8
        again.settle(set)
        assert list((tmp_path / "batches").iterdir()) == []


async def test_of_several_ways_each_has_its_own_completions(connect: Connect, tmp_path: Path) -> None:
    """Completions 0 and 2 were asked for one way, 1 and 3 the other: the ledger has three of them."""
    ways = [replace(PARAMETERS, way=at, ways=2, temperature=0.5 + at) for at in range(2)]
    with BatchServer() as server:
        engine = await connect(server)
        await asyncio.gather(*(engine.sample(PROBLEMS[0], way, 0, 2) for way in ways))
        await engine.close()
        assert len(records(tmp_path)) == 2
        ledger: set[Place] = {(PROBLEMS[0].id, at) for at in (0, 1, 3)}
        engine.settle(lambda places: ledger & set(places))
        again = await connect(server)
        await again.sample(PROBLEMS[0], ways[0], 0, 2)
        assert len(server.asked) == 2  # what is not in the ledger was not asked for twice


async def test_another_number_is_asked_for(connect: Connect, tmp_path: Path) -> None:
    """Whatever part of an answer is wanted is taken from it, and the rest stays for later."""
    with BatchServer() as server:
        before = await connect(server)
        four = texts(await ask(before, n=4))
        await before.close()
        engine = await connect(server)
        assert texts(await ask(engine, n=3)) == [one[:3] for one in four]
        assert texts(await ask(engine, n=1, first=3)) == [one[3:] for one in four]
        assert len(server.asked) == 12
        await engine.close()
        engine = await connect(server)
        assert [one[:4] for one in texts(await ask(engine, n=6))] == four
        assert sorted(body["n"] for _, body in server.asked) == [2] * 12 + [4] * 12


async def test_lines_that_failed_are_asked_again(connect: Connect) -> None:
    with BatchServer(BatchScript(max_prompt=14)) as server:
        before = await connect(server)
        await ask(before)
        await before.close()
        server.script.max_prompt = 0
        assert [len(found) for found in texts(await ask(await connect(server)))] == [4] * 12
        assert len(server.asked) == 14


async def test_leaving(connect: Connect, tmp_path: Path) -> None:
    """Whoever waits is told at once; what was not sent stays unsent."""
    with BatchServer(BatchScript(took=600.0)) as server:
        engine = await connect(server, max_requests=5, gather=600.0)
        asked = asyncio.create_task(ask(engine))
        await until(lambda: engine._made() == 2)
        (gathering,) = engine._gatherer._open.values()
        engine.leave()
        answers = await asyncio.wait_for(asked, 60)
        assert all(isinstance(one, StillOut) for one in answers)
        with pytest.raises(StillOut):
            await engine.sample(PROBLEMS[0], PARAMETERS, 0, 4)
        assert gathering.timer.cancelled()
        assert len(server.asked) == 10
        await engine.close()
        assert count_out(tmp_path / "batches") == 2
        server.script.took = 0.0
        assert [len(found) for found in texts(await ask(await connect(server)))] == [4] * 12
        assert len(server.asked) == 12


async def test_another_provider(connect: Connect, tmp_path: Path) -> None:
    with BatchServer(BatchScript(took=600.0)) as server:
        await end_when(await connect(server), lambda: records(tmp_path) and records(tmp_path)[0].batch)
    with BatchServer() as other, pytest.raises(UsageError, match="remove"):
        await connect(other)


async def test_a_batch_that_the_provider_does_not_know(connect: Connect, tmp_path: Path) -> None:
    """It is not asked for again unseen: the key may be another account's."""
    with BatchServer(BatchScript(took=600.0)) as server:
        await end_when(await connect(server), lambda: records(tmp_path) and records(tmp_path)[0].batch)
        server.batches.clear()
        answers = await ask(await connect(server))
        assert all(isinstance(one, EngineUnreachable) for one in answers)
        assert "another account" in str(answers[0])


async def test_files_that_somebody_broke(connect: Connect, tmp_path: Path) -> None:
    folder = tmp_path / "batches"
    with BatchServer(BatchScript(took=600.0)) as server:
        await end_when(await connect(server), lambda: records(tmp_path) and records(tmp_path)[0].batch)
        (requests,) = folder.glob("*.requests")
        requests.write_bytes(b"[]\n")
        with pytest.raises(MissingError, match=requests.name):
            await connect(server)
        (record,) = folder.glob("*.json")
        record.write_text(json.dumps({"name": 1}))
        with pytest.raises(UsageError, match=record.name):
            await connect(server)


async def test_without_a_folder_nothing_is_left(tmp_path: Path) -> None:
    from winnow.steps.engine import BatchConfig

    with BatchServer() as server:
        keys = {"base_url": server.url, "model": "m", "gather": 0.01, "poll": 0.01}
        engine = BatchConfig(type="batch", **keys).engine()
        await engine.start()
        assert len(texts(await ask(engine))) == 12
        folder = engine._spool.folder
        assert folder.is_dir()
        await engine.close()
        assert not folder.exists()
