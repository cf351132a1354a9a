"""Candidates in a file: one pass finds where each problem's row lies, and rows are read when asked for.

Memory grows with the number of problems (some 45 bytes for each), not with that of the candidates.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from array import array
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from winnow.steps.engine.counters import Counters
from winnow.steps.engine.failures import Passing
from winnow.steps.engine.protocol import Parameters, RequestFailed
from winnow.steps.engine.reply import loads
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.numbering import Numbering
from winnow.steps.records import Choice, Problem, canonical, clean_text, key_of

_KEPT_ROWS = 256
_KEPT_BYTES = 32 * 2**20


class Replay:
    """An engine with zero latency. A problem that the file does not know has no completions.

    `identity` is the file's content: it is known after `start`, and asking for it earlier reads the file.
    """

    def __init__(self, path: Path, model: str, concurrency: int = 512) -> None:
        self.model = model
        self.capacity = self.most = concurrency
        self.counters = Counters()
        self._path = path
        self._index: Index | None = None
        self._file: int | None = None
        self._rows: OrderedDict[str, tuple[list[Choice], int]] = OrderedDict()  # with their bytes
        self._kept = 0

    @property
    def identity(self) -> str:
        self._index = self._index or Index.of(self._path)
        return canonical({"replay": self._index.digest, "model": self.model})

    async def start(self) -> None:
        """Read the file once.

        Raises:
            MissingError: it is not there, or may not be read.
            UsageError: a line of it is no row; the message names the line.
        """
        self._index = self._index or await asyncio.to_thread(Index.of, self._path)
        try:
            self._file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise MissingError(f"{self._path}: {error.strerror}") from None

    async def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
        self._file = None
        self._rows.clear()
        self._kept = 0

    async def sample(self, problem: Problem, parameters: Parameters, start: int, n: int) -> Sequence[Choice]:
        await asyncio.sleep(0)  # whoever samples in a loop would let nobody else run
        self.counters.requests += 1
        places = slice(parameters.place(start), parameters.place(start + n), parameters.ways)
        found = self._row(problem.source_id)[places]
        if found and found[0].prompt_tokens:  # paid for once a request
            self.counters.tokens_in += found[0].prompt_tokens
            found[1:] = [replace(choice, prompt_tokens=0) for choice in found[1:]]
        self.counters.tokens_out += sum(choice.tokens for choice in found)
        return found

    def _row(self, source_id: str) -> list[Choice]:
        if self._index is None or self._file is None:
            raise RuntimeError("the engine is not started")
        if source_id in self._rows:
            self._rows.move_to_end(source_id)
            return self._rows[source_id][0]
        place = self._index.place(source_id)
        if place is None:
            return []
        offset, length = place
        try:
            found_id, choices = parse(os.pread(self._file, length, offset))
        except (ValueError, OSError):
            found_id, choices = "", []
        if found_id != source_id:
            self.counters.failures += 1
            raise RequestFailed(
                f"{self._path}: the row of {source_id!r} changed while the run was reading it"
            )
        self._rows[source_id] = choices, length
        self._kept += length
        while len(self._rows) > _KEPT_ROWS or (self._kept > _KEPT_BYTES and len(self._rows) > 1):
            _, (_, dropped) = self._rows.popitem(last=False)
            self._kept -= dropped
        return choices


class Index:
    """Where each problem's row lies in the file, and the hash of all of it."""

    def __init__(self) -> None:
        self.digest = ""
        self._numbering = Numbering()
        self._offsets, self._lengths = array("Q"), array("Q")

    @classmethod
    def of(cls, path: Path) -> Index:
        """Read every line, and refuse the file over the first that is no row.

        Raises:
            MissingError, UsageError: as `Replay.start`.
        """
        index, hashed = cls(), hashlib.blake2b(digest_size=16)
        for number, offset, line in _lines(path):
            hashed.update(line)
            if not line.strip():
                continue
            try:
                source_id, _ = parse(line)
            except ValueError as wrong:
                raise UsageError(f"{path}, line {number}: {wrong}") from None
            if (place := index.place(source_id)) is not None:
                first = next(number for number, offset, _ in _lines(path) if offset == place[0])
                raise UsageError(f"{path}, line {number}: the id {source_id!r} is already in line {first}")
            index._add(source_id, offset, len(line))
        if not index._offsets:
            raise UsageError(f'{path} holds no rows: expected lines {{"id": ..., "completions": [...]}}')
        index.digest = hashed.hexdigest()
        return index

    def place(self, source_id: str) -> tuple[int, int] | None:
        """The offset and the length of a problem's row, in bytes."""
        number = self._numbering.find(key_of(source_id))
        return None if number is None else (self._offsets[number], self._lengths[number])

    def _add(self, source_id: str, offset: int, length: int) -> None:
        self._numbering.add(key_of(source_id))
        self._offsets.append(offset)
        self._lengths.append(length)


def _lines(path: Path) -> Iterator[tuple[int, int, bytes]]:
    """Each line with its number, from 1, and its offset."""
    try:
        with path.open("rb") as file:
            offset = 0
            for number, line in enumerate(file, 1):
                yield number, offset, line
                offset += len(line)
    except OSError as error:
        raise MissingError(f"{path}: {error.strerror}: set the engine's `path`") from None


def parse(line: bytes) -> tuple[str, list[Choice]]:
    """The id and the completions of one line.

    Raises:
        ValueError: it is no row; the message says what was expected and what was found.

    >>> parse(b'{"id": 7, "completions": ["a", {"text": "b", "finish_reason": "length"}]}')[0]
    '7'
    """
    try:
        row = loads(line)
    except Passing:
        raise ValueError("expected a JSON object, found no JSON") from None
    if not isinstance(row, dict):
        raise ValueError(f"expected a JSON object, found {_kind(row)}")
    source_id, completions = row.get("id"), row.get("completions")
    if isinstance(source_id, bool) or not isinstance(source_id, (str, int)):
        raise ValueError(f"`id` should be a string or a number, found {_kind(source_id)}")
    if not isinstance(completions, list):
        raise ValueError(f"`completions` should be a list, found {_kind(completions)}")
    prompt = row.get("prompt_tokens", 0)
    if type(prompt) is not int or prompt < 0:
        raise ValueError(f"`prompt_tokens` should be a number from 0 on, found {_kind(prompt)}")
    return clean_text(str(source_id)), [_choice(at, given, prompt) for at, given in enumerate(completions)]


def _choice(at: int, given: Any, prompt: int) -> Choice:
    if isinstance(given, str):
        return Choice(clean_text(given), prompt_tokens=prompt)
    if not isinstance(given, dict) or not isinstance(given.get("text"), str):
        raise ValueError(f"completion {at} should be text or an object with `text`, found {_kind(given)}")
    reason, tokens = given.get("finish_reason", "stop"), given.get("tokens", 0)
    if not isinstance(reason, str) or type(tokens) is not int or tokens < 0:
        raise ValueError(f"completion {at}: `finish_reason` should be text, `tokens` a number from 0 on")
    return Choice(
        clean_text(given["text"]), finish_reason=clean_text(reason), tokens=tokens, prompt_tokens=prompt
    )


def _kind(value: Any) -> str:
    names = {str: "text", dict: "an object", list: "a list", bool: "true or false", type(None): "nothing"}
    return names.get(type(value), "a number")
