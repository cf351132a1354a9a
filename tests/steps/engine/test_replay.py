"""Candidates in a file: read in order, refused by line, and kept out of memory."""

from __future__ import annotations

import json
import time
import tracemalloc
from pathlib import Path

import pytest

from winnow.steps.engine import recording
from winnow.steps.engine.protocol import Parameters, RequestFailed
from winnow.steps.engine.recording import Replay
from winnow.steps.engine.replay import ReplayConfig
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.records import Problem

PARAMETERS = Parameters()


def problem(source_id: str) -> Problem:
    return Problem(source_id, ())


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


async def replay(path: Path, **keys: str) -> Replay:
    engine = ReplayConfig(type="replay", path=str(path), **keys).engine()
    await engine.start()
    return engine


async def test_completions_come_in_order_until_there_are_no_more(tmp_path):
    path = write(
        tmp_path / "c.jsonl", {"id": "a", "completions": ["0", "1", "2"]}, {"id": 7, "completions": []}
    )
    engine = await replay(path)

    async def texts(source_id: str, start: int, n: int) -> list[str]:
        return [choice.text for choice in await engine.sample(problem(source_id), PARAMETERS, start, n)]

    assert await texts("a", 0, 2) == ["0", "1"]
    assert await texts("a", 2, 5) == ["2"]
    assert await texts("a", 3, 5) == []
    assert await texts("7", 0, 1) == []
    assert await texts("unknown", 0, 1) == []
    await engine.close()


async def test_each_way_to_ask_has_completions_of_its_own(tmp_path):
    engine = await replay(write(tmp_path / "c.jsonl", {"id": "a", "completions": list("0123456")}))
    ways = [Parameters(way=way, ways=3) for way in range(3)]
    texts = [[one.text for one in await engine.sample(problem("a"), way, 1, 2)] for way in ways]
    assert texts == [["3", "6"], ["4"], ["5"]]


async def test_objects_may_tell_more(tmp_path):
    told = {"text": "x", "finish_reason": "length", "tokens": 9}
    engine = await replay(write(tmp_path / "c.jsonl", {"id": "a", "completions": [told, "y", {"text": "z"}]}))
    first, second, third = await engine.sample(problem("a"), PARAMETERS, 0, 3)
    assert (first.text, first.finish_reason, first.tokens) == ("x", "length", 9)
    assert (second.finish_reason, second.tokens, third.text) == ("stop", 0, "z")
    assert engine.counters.tokens_out == 9 and engine.counters.requests == 1
    await engine.close()


async def test_what_utf8_cannot_hold_is_replaced(tmp_path):
    path = tmp_path / "c.jsonl"
    path.write_bytes(
        b'{"id": "a", "completions": ["half \\ud83d", "raw \xff"]}\n\n{"id": "b", "completions": []}'
    )
    engine = await replay(path)
    half, raw = await engine.sample(problem("a"), PARAMETERS, 0, 2)
    assert half.text.rstrip("\ufffd") == "half " != half.text and raw.text == "raw \ufffd"
    await engine.close()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"id": "b", "completions"', "line 2: expected a JSON object, found no JSON"),
        (b"[]", "line 2: expected a JSON object, found a list"),
        (b'{"completions": []}', "line 2: `id` should be a string or a number, found nothing"),
        (b'{"id": true, "completions": []}', "line 2: `id` .* found true or false"),
        (b'{"id": "b"}', "line 2: `completions` should be a list, found nothing"),
        (b'{"id": "b", "completions": "text"}', "line 2: `completions` should be a list, found text"),
        (b'{"id": "b", "completions": ["a", 3]}', "line 2: completion 1 should be text .* found a number"),
        (b'{"id": "b", "completions": [{"content": "a"}]}', "line 2: completion 0 .* with `text`"),
        (b'{"id": "b", "completions": [{"text": "a", "tokens": -1}]}', "completion 0: `finish_reason`"),
        (b'{"id": "a", "completions": []}', "line 2: the id 'a' is already in line 1"),
    ],
)
async def test_a_broken_line_is_named(tmp_path, line, why):
    path = tmp_path / "c.jsonl"
    path.write_bytes(b'{"id": "a", "completions": []}\n' + line + b"\n")
    with pytest.raises(UsageError, match=rf"c\.jsonl, {why}" if why.startswith("line") else why):
        await replay(path)


async def test_a_file_that_is_missing_or_empty(tmp_path):
    with pytest.raises(MissingError, match=r"none\.jsonl: No such file"):
        await replay(tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n \n")
    with pytest.raises(UsageError, match=r"empty\.jsonl holds no rows"):
        await replay(tmp_path / "empty.jsonl")


async def test_identity_is_the_content(tmp_path):
    one = ReplayConfig(type="replay", path=str(write(tmp_path / "1", {"id": "a", "completions": ["x"]})))
    same = ReplayConfig(type="replay", path=str(write(tmp_path / "2", {"id": "a", "completions": ["x"]})))
    other = ReplayConfig(type="replay", path=str(write(tmp_path / "3", {"id": "a", "completions": ["y"]})))
    named = ReplayConfig(type="replay", path=one.path, model="gpt")
    assert one.engine().identity == same.engine().identity
    assert len({config.engine().identity for config in (one, other, named)}) == 3
    engine = await replay(Path(one.path))
    assert engine.identity == one.engine().identity
    await engine.close()


async def test_a_file_that_changes_under_the_run(tmp_path):
    path = write(tmp_path / "c.jsonl", {"id": "a", "completions": ["x"]}, {"id": "b", "completions": ["y"]})
    engine = await replay(path)
    write(path, {"id": "c", "completions": ["x"]})
    with pytest.raises(RequestFailed, match="the row of 'b' changed"):
        await engine.sample(problem("b"), PARAMETERS, 0, 1)
    await engine.close()


async def test_fast_and_flat(tmp_path, monkeypatch):
    text = "some words of an answer " * 62
    path = tmp_path / "c.jsonl"
    rows = 300
    with path.open("w") as file:
        for at in range(rows):
            completions = [f"{text}{at} {index}" for index in range(64)]
            file.write(json.dumps({"id": str(at), "completions": completions}) + "\n")
    assert path.stat().st_size > 28_000_000
    tracemalloc.start()
    engine = await replay(path)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 1_000_000
    began = time.process_time()
    for at in range(rows):
        assert len(await engine.sample(problem(str(at)), PARAMETERS, 0, 64)) == 64
    assert rows * 64 / (time.process_time() - began) > 20_000
    assert len(engine._rows) == 256
    monkeypatch.setattr(recording, "_KEPT_BYTES", 1_000_000)
    await engine.sample(problem("0"), PARAMETERS, 0, 1)
    assert engine._kept <= 1_000_000 and len(engine._rows) < 12
    await engine.close()
