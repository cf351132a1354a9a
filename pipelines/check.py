"""Lines of JSON judged one by one: standard input to standard output, in order, with bounded memory."""

from __future__ import annotations

import asyncio
import json
import math
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any, NoReturn

from winnow.steps.errors import MissingError
from winnow.steps.records import clean_text
from winnow.verifiers import Status, Verdict, VerifierPool
from winnow.verifiers.pool import usable_cpus

_CHUNK = 1 << 20
_LONGEST_LINE = 64 * 1024 * 1024
_MOST_LINES = 64  # judged together
_LONGEST_INTEGER = 4000  # digits: Python converts no more, and verifiers read numbers from text as well
_WAITING = 4  # batches that are read and not yet judged, a worker

Line = tuple[int, bytes | None]
"""Its number, from 1, and what it holds; None where that is too long to be kept."""


async def judge_lines(pool: VerifierPool) -> None:
    """Read, judge and answer at the same time; what is held in memory is a few batches.

    Raises:
        MissingError: standard input cannot be read.
        PoolError: the workers do not start.
    """
    answers: asyncio.Queue[asyncio.Task[bytes] | None] = asyncio.Queue()
    owed: set[asyncio.Task[bytes]] = set()
    room = asyncio.Semaphore(_WAITING * usable_cpus())

    async def read() -> None:
        source = _Input(asyncio.get_running_loop())
        try:
            while (lines := await source.next()) is not None:
                await room.acquire()
                answers.put_nowait(task := asyncio.create_task(_answer(pool, lines)))
                owed.add(task)
                task.add_done_callback(owed.discard)
        finally:
            answers.put_nowait(None)

    async with pool:
        reading = asyncio.create_task(read())
        try:
            while (answer := await answers.get()) is not None:
                told = memoryview(await answer)
                while told:
                    told = told[os.write(sys.stdout.fileno(), told) :]
                room.release()
            await reading
        finally:
            for task in (reading, *owed):
                task.cancel()
            await asyncio.gather(reading, *owed, return_exceptions=True)


class _Input:
    """Standard input in batches of lines, as they come: a thread reads, so that nothing else ever waits."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._batches: asyncio.Queue[list[Line] | OSError | None] = asyncio.Queue()
        self._room = threading.Semaphore(2)
        threading.Thread(target=self._read, daemon=True).start()

    async def next(self) -> list[Line] | None:
        batch = await self._batches.get()
        self._room.release()
        if isinstance(batch, OSError):
            raise MissingError(f"standard input cannot be read: {batch}")
        return batch

    def _read(self) -> None:
        try:
            for batch in _batches():
                self._room.acquire()
                self._hand_over(batch)
        except OSError as broken:
            self._hand_over(broken)
        self._hand_over(None)

    def _hand_over(self, batch: list[Line] | OSError | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._batches.put_nowait, batch)
        except RuntimeError:
            sys.exit()  # the loop is closed, and with it this thread's work done


def _batches() -> Iterator[list[Line]]:
    """The lines that are there, up to 64 together; a line is never kept waiting for the next."""
    number, length = 0, 0
    kept: list[bytes] = []
    while chunk := os.read(sys.stdin.fileno(), _CHUNK):
        batch: list[Line] = []
        *ended, rest = chunk.split(b"\n")
        for end in ended:
            number += 1
            batch.append((number, _joined(kept, length, end)))
            kept, length = [], 0
            if len(batch) == _MOST_LINES:
                yield batch
                batch = []
        if rest:
            length += len(rest)
            kept = [*kept, rest] if length <= _LONGEST_LINE else []
        if batch:
            yield batch
    if length:
        yield [(number + 1, _joined(kept, length, b""))]


def _joined(kept: list[bytes], length: int, end: bytes) -> bytes | None:
    return b"".join((*kept, end)) if length + len(end) <= _LONGEST_LINE else None


async def _answer(pool: VerifierPool, lines: list[Line]) -> bytes:
    verdicts: list[Verdict | None] = []
    items: list[tuple[dict[str, Any], str]] = []
    for number, line in lines:
        try:
            items.append(_item(line, first=number == 1))
            verdicts.append(None)
        except ValueError as wrong:
            verdicts.append(Verdict.error(str(wrong)))
    judged = iter(await pool.judge(items))
    return b"".join(
        _told(number, verdict or next(judged)) for (number, _), verdict in zip(lines, verdicts, strict=True)
    )


def _told(number: int, verdict: Verdict) -> bytes:
    reason, extracted, score = verdict.reason, verdict.extracted, verdict.score
    if verdict.status is Status.ERROR:
        reason = f"line {number}: {reason}"
    row = {
        "status": verdict.status.value,
        "score": score if score is not None and math.isfinite(score) else None,
        "reason": clean_text(reason),
        "extracted": None if extracted is None else clean_text(extracted),
    }
    if verdict.results:
        row["results"] = verdict.results
    return json.dumps(row).encode() + b"\n"


def _item(line: bytes | None, *, first: bool) -> tuple[dict[str, Any], str]:
    """The reference and the completion that a line holds; ValueError says what is wrong with it."""
    if line is None:
        raise ValueError(f"longer than {_LONGEST_LINE} bytes")
    try:
        text = line.decode()
    except UnicodeDecodeError as broken:
        raise ValueError(f"not UTF-8: byte 0x{line[broken.start]:02x} at position {broken.start}") from None
    text = text.removeprefix("\ufeff") if first else text
    if not text.strip():
        raise ValueError("blank, expected a JSON object")
    row = _parsed(text, "not JSON")
    if not isinstance(row, dict):
        raise ValueError(f"{_kind(row)}, expected a JSON object")
    for key in ("reference", "completion"):
        if key not in row:
            raise ValueError(f"the key {key!r} is missing")
    reference, completion = row["reference"], row["completion"]
    if isinstance(reference, str):
        reference = _parsed(reference, "'reference' is text, but no JSON")
    if not isinstance(reference, dict):
        raise ValueError(f"'reference' is {_kind(reference)}, expected an object")
    if not isinstance(completion, str):
        raise ValueError(f"'completion' is {_kind(completion)}, expected text")
    return reference, completion


def _parsed(text: str, trouble: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant, parse_int=_integer)
    except json.JSONDecodeError as broken:
        raise ValueError(f"{trouble}: {broken.msg} at column {broken.colno}") from None
    except RecursionError:
        raise ValueError(f"{trouble}: nested too deeply") from None
    except ValueError as broken:
        raise ValueError(f"{trouble}: {broken}") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else digits


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "an array", str: "text", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")
