"""Where the files of one Delta table lie: below a folder, or below a URL."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import pyarrow as pa
from deltalake import DeltaTable


class Files(Protocol):
    """The files of a table, by their names below it."""

    checkpoint_every: int
    """Versions after which a reader is glad of a sum."""

    def make(self, schema: pa.Schema, configuration: dict[str, str | None]) -> int:
        """Make the table where it is not there; its version."""

    def written(self, name: str) -> AbstractContextManager[Any]:
        """A file to write, of which nothing is left where its body fails."""

    def size(self, name: str) -> int:
        """Bytes of a file that was written."""

    def opened(self, name: str) -> Any:
        """A file, as Arrow reads it."""

    def there(self) -> Iterator[str]:
        """All files with rows, whether or not the table knows them."""

    def remove(self, name: str) -> None:
        """Delete a file that the table does not know."""

    def enter(self, version: int, entry: bytes) -> bool:
        """Write a version of the table, whole; False where there is one already that is not this."""

    def entries(self, version: int) -> Iterator[bytes]:
        """What a version holds that is there, and some of those that follow it, or all, in their order."""

    def checkpoint(self) -> None:
        """Sum the log up in one file. Without one a table reads slower, no worse."""


def entry_name(version: int) -> str:
    """The file of a version.

    >>> entry_name(7)
    '_delta_log/00000000000000000007.json'
    """
    return f"_delta_log/{version:020}.json"


class DiskFiles:
    """A table in a folder. A version is written once since a link is made at once or, where there is a file
    of its name, not at all."""

    checkpoint_every = 1000  # a reader replays 7,000 a second

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self, schema: pa.Schema, configuration: dict[str, str | None]) -> int:
        self._folder.mkdir(exist_ok=True)  # deltalake would make all that is above it, too
        DeltaTable.create(str(self._folder), schema=schema, mode="ignore", configuration=configuration)
        return max(self._versions())

    @contextmanager
    def written(self, name: str) -> Iterator[Path]:
        path = self._folder / name
        try:
            yield path
        except BaseException:
            with suppress(OSError):
                path.unlink()
            raise

    def size(self, name: str) -> int:
        return self.opened(name).stat().st_size

    def opened(self, name: str) -> Path:
        return self._folder / name

    def there(self) -> Iterator[str]:
        return (path.name for path in self._folder.glob("*.parquet"))

    def remove(self, name: str) -> None:
        (self._folder / name).unlink()

    def enter(self, version: int, entry: bytes) -> bool:
        draft, place = self._folder / "_delta_log" / f".{uuid4().hex}.tmp", self._folder / entry_name(version)
        try:
            draft.write_bytes(entry)
            os.link(draft, place)
        except FileExistsError:
            return place.samefile(draft)  # network file systems may ask twice
        finally:
            with suppress(OSError):
                draft.unlink()
        return True

    def entries(self, version: int) -> Iterator[bytes]:
        yield (self._folder / entry_name(version)).read_bytes()

    def checkpoint(self) -> None:
        checkpoint(str(self._folder))

    def _versions(self) -> Iterator[int]:
        with os.scandir(self._folder / "_delta_log") as entries:
            for entry in entries:
                version, _, kind = entry.name.partition(".")
                if version.isdigit() and kind == "json":
                    yield int(version)


def checkpoint(table: str, options: str = "{}") -> None:
    """Sum a log up by a process of its own: what deltalake takes for it grows with the number of versions,
    and is given back when the process ends. `options` are how a store is reached, as JSON."""
    told = (
        "import json, sys; from deltalake import DeltaTable; "
        "DeltaTable(sys.argv[1], storage_options=json.loads(sys.argv[2])).create_checkpoint()"
    )
    subprocess.run(
        [sys.executable, "-P", "-c", told, table, options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is not for it
        check=False,
    )
