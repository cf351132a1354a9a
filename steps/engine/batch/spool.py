"""What a run remembers of its batches: in files, each of which is there as a whole or not at all.

Of a batch `NAME` there are `NAME.requests`, the lines that are uploaded; `NAME.json`, how far it has come;
and, once it was fetched, `NAME.output` and `NAME.errors`. Whatever has another name was not finished.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from winnow.steps.errors import MissingError, UsageError

_BEGUN = ".begun"  # requests that are still gathered


@dataclass(slots=True)
class Record:
    """How far a batch has come. Times are seconds since 1970.

    Attributes:
        where: the provider, as messages show it.
        parameters: the fingerprint of how was asked.
        way, ways: whose requests these are, where a problem is asked in several ways: what they count as
            `number` is completion `way + ways * number`.
        file: the uploaded file's id, known before a batch is made of it.
        batch: the batch's id, known after.
    """

    name: str
    where: str
    parameters: str
    requests: int
    file: str | None = None
    batch: str | None = None
    created: float = 0.0
    fetched: float = 0.0
    way: int = 0
    ways: int = 1

    def place(self, number: int) -> int:
        """Which completion of its group a request counts as `number`."""
        return self.way + self.ways * number

    @property
    def seconds(self) -> float:
        """How long it took, as far as we saw."""
        return max(0.0, self.fetched - self.created)


class Spool:
    """The folder of a run's batches."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self) -> list[Record]:
        """Make the folder; what was never sent is dropped, for it cost nothing.

        Returns:
            The records of all others, the oldest first.

        Raises:
            MissingError: the folder cannot be written.
            UsageError: a record is broken.
        """
        with _told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            records = records_of(self.folder)
            known = {record.name for record in records}
            for path in self.folder.iterdir():
                if path.stem not in known or path.suffix in (_BEGUN, ".part"):
                    path.unlink()
        return records

    def begin(self) -> tuple[str, BinaryIO]:
        """A new batch: its name, and where its requests go."""
        name = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{secrets.token_hex(4)}"
        with _told(self.folder):
            return name, (self.folder / f"{name}{_BEGUN}").open("wb")

    def seal(self, record: Record, file: BinaryIO) -> None:
        """The requests are complete: from now on they are remembered."""
        with _told(self.folder):
            _durable(file)
            (self.folder / f"{record.name}{_BEGUN}").rename(self.requests(record.name))
        self.save(record)

    def save(self, record: Record) -> None:
        """Remember how far the batch has come: durable when this returns."""
        path = self.folder / f"{record.name}.json"
        scratch = path.with_suffix(".part")
        with _told(self.folder):
            with scratch.open("wb") as file:
                file.write(json.dumps(asdict(record)).encode())
                _durable(file)
            scratch.replace(path)
            _durable_names(self.folder)

    def drop(self, name: str) -> None:
        """Forget the batch: its record goes first, so that what is left without one is dropped, too."""
        with _told(self.folder):
            (self.folder / f"{name}.json").unlink(missing_ok=True)
            for path in (self.requests(name), *self.results(name)):
                path.unlink(missing_ok=True)

    def requests(self, name: str) -> Path:
        return self.folder / f"{name}.requests"

    def results(self, name: str) -> tuple[Path, Path]:
        """Where the answers go, and the lines of those that failed."""
        return self.folder / f"{name}.output", self.folder / f"{name}.errors"


def records_of(folder: Path) -> list[Record]:
    """All records in a folder, the oldest first; none where there is no folder.

    Raises:
        UsageError: one is broken.
    """
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            found.append(Record(**json.loads(path.read_bytes())))
        except FileNotFoundError:
            continue
        except (ValueError, TypeError) as broken:
            raise UsageError(
                f"{path} is no record of a batch ({broken}): remove it, and its batch is asked for anew"
            ) from None
    return found


def count_out(folder: Path) -> int:
    """How many batches of a run are with the provider, and not fetched yet."""
    return sum(record.batch is not None and not record.fetched for record in records_of(folder))


def _durable(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()


def _durable_names(folder: Path) -> None:
    names = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(names)
    finally:
        os.close(names)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as broken:
        raise MissingError(f"{folder} cannot be written: {broken.strerror}") from None
