"""Requests on their way into a batch: a file is handed over when it is full, or when nothing more comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from winnow.steps.engine.batch.config import BatchConfig
from winnow.steps.engine.batch.entry import Batch, Entry, custom_id
from winnow.steps.engine.batch.spool import Record, Spool
from winnow.steps.engine.protocol import Parameters
from winnow.steps.errors import MissingError


@dataclass(slots=True, eq=False)
class _Gathering:
    """A batch to which requests still come; `last` is when the last one did."""

    batch: Batch
    file: BinaryIO
    timer: asyncio.Task[None]
    size: int = 0
    last: float = 0.0


class Gatherer:
    """Gathers requests, those with other parameters in another file.

    `send` is given each batch with its file, which is complete but not yet durable; `most` is how many
    requests a file has at most.
    """

    def __init__(
        self, config: BatchConfig, spool: Spool, where: str, send: Callable[[Batch, BinaryIO], None]
    ) -> None:
        self.most = config.max_requests
        self._most_bytes, self._quiet = config.max_bytes, config.gather
        self._spool, self._where, self._hand_over = spool, where, send
        self._open: dict[str, _Gathering] = {}

    def put(
        self, asked: Parameters, problem: str, first: int, n: int, seed: int | None, line: bytes
    ) -> Entry:
        """A request, as the `line` of a file.

        Raises:
            MissingError: the disk is full.
        """
        parameters = asked.fingerprint
        gathering = self._open.get(parameters)
        if gathering and gathering.size + len(line) > self._most_bytes:
            self._send(parameters)
            gathering = None
        gathering = gathering or self._begin(asked)
        try:
            gathering.file.write(line)
        except OSError as broken:
            raise MissingError(f"{self._spool.folder} cannot be written: {broken.strerror}") from None
        entry = Entry.new(gathering.batch, problem, first, n, seed)
        gathering.batch.entries[custom_id(problem, first, n)] = entry
        gathering.size += len(line)
        gathering.last = asyncio.get_running_loop().time()
        if len(gathering.batch.entries) >= self.most:
            self._send(parameters)
        return entry

    def close(self) -> None:
        """What was not handed over is let go."""
        for gathering in self._open.values():
            gathering.timer.cancel()
            gathering.file.close()
        self._open.clear()

    def _begin(self, asked: Parameters) -> _Gathering:
        name, file = self._spool.begin()
        parameters = asked.fingerprint
        batch = Batch(Record(name, self._where, parameters, 0, way=asked.way, ways=asked.ways))
        timer = asyncio.create_task(self._when_quiet(parameters))
        self._open[parameters] = _Gathering(batch, file, timer)
        return self._open[parameters]

    async def _when_quiet(self, parameters: str) -> None:
        """Send what has gathered once nothing more comes: everybody waits for it."""
        gathering, clock = self._open[parameters], asyncio.get_running_loop().time
        left = self._quiet
        while left > 0:
            await asyncio.sleep(left)
            left = gathering.last + self._quiet - clock()
        if self._open.get(parameters) is gathering:
            self._send(parameters)

    def _send(self, parameters: str) -> None:
        gathering = self._open.pop(parameters)
        gathering.timer.cancel()
        gathering.batch.record.requests = len(gathering.batch.entries)
        self._hand_over(gathering.batch, gathering.file)
