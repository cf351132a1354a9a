"""Group commit: nothing put is lost, memory is bounded, and a failure reaches whoever puts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from winnow.steps.errors import MissingError
from winnow.steps.ledger import Ledger, LedgerWriter
from winnow.steps.ledger.schema import Row, Sampling, completion_row, event_row
from winnow.steps.records import Candidate, Choice


class Recorded(Ledger):
    """A ledger that notes the size of each commit."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.sizes: list[int] = []

    def commit(self, rows: Mapping[str, list[Row]]) -> None:
        self.sizes.append(sum(len(part) for part in rows.values()))
        super().commit(rows)


def row(at: int) -> Row:
    return event_row("k", str(at), {}, "r")


async def test_everything_put_is_durable_after_the_block(tmp_path: Path) -> None:
    ledger = Recorded(tmp_path)
    async with LedgerWriter(ledger, seconds=60) as writer:
        for at in range(7):
            await writer.put("events", [row(at)])
    assert ledger.scan("events").collect().height == 7
    assert writer.acknowledged == 7
    assert ledger.sizes == [7]


async def test_a_second_is_long_enough(tmp_path: Path) -> None:
    async with LedgerWriter(Ledger(tmp_path), seconds=0.05) as writer:
        await writer.put("events", [row(0)])
        async with asyncio.timeout(60):
            while writer.acknowledged < 1:
                await asyncio.sleep(0.01)


async def test_memory_is_bounded(tmp_path: Path) -> None:
    ledger = Recorded(tmp_path)
    async with LedgerWriter(ledger, seconds=60, rows=10) as writer:
        for at in range(500):
            await writer.put("events", [row(at)])
    assert sum(ledger.sizes) == 500
    assert max(ledger.sizes) <= 40


async def test_flush_waits_for_what_is_under_way(tmp_path: Path) -> None:
    async with LedgerWriter(Ledger(tmp_path), seconds=60, rows=1) as writer:
        await writer.put("events", [row(0)])
        await writer.put("events", [row(1)])
        await writer.flush()
        assert writer.acknowledged == 2


async def test_a_failed_commit_is_told_to_the_next_put(tmp_path: Path) -> None:
    class Full(Ledger):
        def commit(self, rows: Mapping[str, Any]) -> None:
            raise MissingError("no space left")

    with pytest.raises(MissingError, match="no space left"):
        async with LedgerWriter(Full(tmp_path), seconds=60, rows=1) as writer:
            await writer.put("events", [row(0)])
            async with asyncio.timeout(60):
                while True:
                    await asyncio.sleep(0.01)
                    await writer.put("events", [row(1)])


async def test_flush_and_put_race_with_commits(tmp_path: Path) -> None:
    """Flushing just as a commit ends once waited for another commit that never came."""

    class Instant(Ledger):
        def commit(self, rows: Mapping[str, list[Row]]) -> None:
            pass

    async def put_and_flush(writer: LedgerWriter) -> None:
        for at in range(50):
            await writer.put("events", [row(at)])
            await writer.flush()

    async with asyncio.timeout(60), LedgerWriter(Instant(tmp_path), seconds=60, rows=3) as writer:
        await asyncio.gather(*(put_and_flush(writer) for _ in range(20)))
    assert writer.acknowledged == 1000


async def test_a_panic_below_is_a_failure_like_any_other(tmp_path: Path) -> None:
    """A library of Rust code panics with a BaseException; taken for success, its rows would be gone."""

    class PanicException(BaseException):
        pass

    class Panicking(Ledger):
        def commit(self, rows: Mapping[str, Any]) -> None:
            raise PanicException("Already shut down")

    with pytest.raises(PanicException):
        async with LedgerWriter(Panicking(tmp_path), seconds=60) as writer:
            await writer.put("events", [row(0)])
    assert writer.acknowledged == 0


async def test_a_failure_after_the_last_put_is_told(tmp_path: Path) -> None:
    """While stages close, the last batch is committed by the clock: its failure once ended in exit code 0."""

    class Full(Ledger):
        def commit(self, rows: Mapping[str, Any]) -> None:
            raise MissingError("no space left")

    with pytest.raises(MissingError, match="no space left"):
        async with LedgerWriter(Full(tmp_path), seconds=0.01) as writer:
            await writer.put("events", [row(0)])
            await asyncio.sleep(0.2)


async def test_who_failed_first_is_told(tmp_path: Path) -> None:
    class Full(Ledger):
        def commit(self, rows: Mapping[str, Any]) -> None:
            raise MissingError("no space left")

    with pytest.raises(ZeroDivisionError):
        async with LedgerWriter(Full(tmp_path), seconds=60) as writer:
            await writer.put("events", [row(0)])
            raise ZeroDivisionError


async def test_memory_is_bounded_where_texts_are_long(tmp_path: Path) -> None:
    """A thousand rows of a megabyte are not a small batch."""

    class Counted(Recorded):
        def commit(self, rows: Mapping[str, list[Row]]) -> None:
            self.sizes.append(len(rows["completions"]))

    ledger, text = Counted(tmp_path), "x" * 1_000_000
    async with LedgerWriter(ledger, seconds=60) as writer:
        for at in range(200):
            choice = Choice(text)
            one = Candidate(str(at), at, choice, digest="d")
            rows = [completion_row("p", one, Sampling("e", "p", "m", ("{}",)), "r", 0)]
            await writer.put("completions", rows)
    assert sum(ledger.sizes) == 200
    assert max(ledger.sizes) <= 130
