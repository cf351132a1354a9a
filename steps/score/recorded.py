"""Rewards that were given before, read from a file."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from winnow.steps.engine.failures import Passing
from winnow.steps.engine.reply import loads
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.records import Candidate, Problem, clean_text, key_of
from winnow.steps.score.scorer import Ready
from winnow.steps.scoring import Reward, is_number

_CHUNK = 2**20


def digest_of(path: Path) -> str:
    """The hash of a file.

    Raises:
        MissingError: it cannot be read.
    """
    try:
        told = path.stat()
        return _digest(path, told.st_mtime_ns, told.st_size)
    except OSError as error:
        raise _missing(path, error) from None


@lru_cache(maxsize=64)
def _digest(path: Path, changed: int, size: int) -> str:
    hashed = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            hashed.update(chunk)
    return hashed.hexdigest()


class Given(NamedTuple):
    """A reward of the file, and the digest of the text that it is for, where the file has that."""

    reward: Reward
    digest: str


class Recorded(Ready):
    """The scorer behind `recorded`. A completion that the file does not know has no reward."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: dict[str, list[Given]] = {}

    async def start(self) -> None:
        """Read the file.

        Raises:
            MissingError: it cannot be read.
            UsageError: a line of it is no row; the message names the line.
        """
        self._rows = await asyncio.to_thread(read_rewards, self._path)

    async def score(self, problem: Problem, candidates: Sequence[Candidate]) -> Sequence[Reward]:
        given = self._rows.get(problem.source_id, [])
        by_text = {one.digest: one.reward for one in reversed(given) if one.digest}
        return [self._found(given, by_text, one) for one in candidates]

    def _found(self, given: Sequence[Given], by_text: Mapping[str, Reward], candidate: Candidate) -> Reward:
        """The reward in this place, unless the file has another text there: then that of the same text."""
        here = given[candidate.index] if candidate.index < len(given) else None
        if here is not None and here.digest in ("", candidate.digest):
            return here.reward
        if candidate.digest in by_text:
            return by_text[candidate.digest]
        other = f": it has another text at {candidate.index}" if here else ""
        return Reward(reason=f"{self._path.name} has no reward for it{other}")


def read_rewards(path: Path) -> dict[str, list[Given]]:
    """The rewards of each problem's completions, in order; raises as `Recorded.start`."""
    found: dict[str, list[Given]] = {}
    for number, line in _lines(path):
        try:
            source_id, rewards = parse(line)
            if source_id in found:
                raise ValueError(f"the id {source_id!r} is there twice")
        except ValueError as wrong:
            raise UsageError(f"{path}, line {number}: {wrong}") from None
        found[source_id] = rewards
    return found


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as file:
            yield from ((number, line) for number, line in enumerate(file, 1) if line.strip())
    except OSError as error:
        raise _missing(path, error) from None


def parse(line: bytes) -> tuple[str, list[Given]]:
    """The id and the rewards of one line.

    Raises:
        ValueError: it is no row; the message says what was expected and what was found.

    >>> parse(b'{"id": 7, "completions": [{"reward": 1}, {"steps": [0.5, 0.25]}, "text"]}')[1][1].reward.steps
    (0.5, 0.25)
    """
    try:
        row = loads(line)
    except Passing:
        raise ValueError("expected a JSON object, found no JSON") from None
    source_id = row.get("id") if isinstance(row, dict) else None
    if isinstance(source_id, bool) or not isinstance(source_id, (str, int)):
        raise ValueError('expected {"id": text or a number, "completions": [...]}')
    completions = row.get("completions")
    if not isinstance(completions, list):
        raise ValueError("`completions` should be a list")
    return clean_text(str(source_id)), [_given(at, given) for at, given in enumerate(completions)]


def _given(at: int, given: Any) -> Given:
    told = given if isinstance(given, dict) else {"text": given}
    reward, steps = told.get("reward"), told.get("steps")
    if reward is not None and not is_number(reward):
        raise ValueError(f"completion {at}: `reward` should be a number")
    if steps is not None and not (isinstance(steps, list) and all(map(is_number, steps))):
        raise ValueError(f"completion {at}: `steps` should be a list of numbers, one a reasoning step")
    text = told.get("text")
    return Given(
        Reward(
            None if reward is None else float(reward), None if steps is None else tuple(map(float, steps))
        ),
        key_of(clean_text(text).strip()) if isinstance(text, str) else "",
    )


def _missing(path: Path, error: OSError) -> MissingError:
    return MissingError(f"{path}: {error.strerror}: set the scorer's `path`")
