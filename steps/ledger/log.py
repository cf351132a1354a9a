"""A Delta table, appended to without looking at what is in it.

deltalake's own writer holds a snapshot: every file of the table, and the log since it was opened. That costs
memory, and time for every commit, that grow with the number of commits. An append needs none of it: by the
protocol (https://github.com/delta-io/delta/blob/master/PROTOCOL.md) it is a new Parquet file, and an entry
of the log that names it, written under the next version if nobody has. On a disk and in an object store that
is the same; `Files` knows how a version is written once there.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from winnow.steps.ledger.files import Files
from winnow.steps.ledger.schema import UNIQUE

_FAN = 64  # small files that become one
_SMALL = 1024 * 1024  # bytes; a file as large reads well as it is
_GROUP = 2 * 1024 * 1024  # bytes of a merged row group, in memory


@dataclass(frozen=True, slots=True)
class File:
    """A Parquet file of the table: its name, its size in bytes, and how many rows it has."""

    name: str
    size: int
    rows: int


class Log:
    """The log of one table, made where it is not there.

    Several may append to one table at once: whoever finds a version taken takes the next one.
    """

    def __init__(self, files: Files, schema: pa.Schema, configuration: dict[str, str | None]) -> None:
        self._files, self._schema = files, schema
        self._next = self._checked = 1 + files.make(schema, configuration)
        self._tiers: list[list[File]] = []  # small files of ours; those of a tier come of as many commits

    def append(self, rows: pa.Table) -> None:
        """Make rows durable. When this returns they survive a SIGKILL.

        Raises:
            OSError, pa.ArrowException: the disk is full, the folder is gone, ...
            MissingError: the store cannot be reached, or refuses.
        """
        file = self._write([rows])
        self._enter([_added(file, new=True)])
        self._keep(0, file)

    def tidy(self) -> None:
        """Merge every 64 small files that were appended here, and those of merged files in turn, so that the
        table stays quick to read however long a run lasts. What is merged away stays on disk until it is
        vacuumed: whoever reads an older version goes on reading.

        Raises:
            OSError, pa.ArrowException, MissingError: as above. The table is as it was, and reads as well.
        """
        tier = 0
        while tier < len(self._tiers):
            if len(self._tiers[tier]) >= _FAN:
                self._merge(tier)
            tier += 1
        if self._next - self._checked >= self._files.checkpoint_every:
            self._checked = self._next
            self._files.checkpoint()

    def _merge(self, tier: int) -> None:
        files, self._tiers[tier] = self._tiers[tier], []  # also where it fails: it is not tried twice
        merged = self._write(self._grouped(files))
        if self._enter([*map(_removed, files), _added(merged, new=False)], {file.name for file in files}):
            self._keep(tier + 1, merged)
        else:
            self._files.remove(merged.name)

    def _keep(self, tier: int, file: File) -> None:
        if file.size < _SMALL:
            while len(self._tiers) <= tier:
                self._tiers.append([])
            self._tiers[tier].append(file)

    def _grouped(self, files: list[File]) -> Iterator[pa.Table]:
        """The rows of files in their order, in row groups of some megabytes."""
        parts: list[pa.Table] = []
        for file in files:
            with pq.ParquetFile(self._files.opened(file.name), pre_buffer=False) as found:
                for group in range(found.num_row_groups):
                    # not by threads: each would keep memory of its own
                    parts.append(found.read_row_group(group, use_threads=False))
                    if sum(part.nbytes for part in parts) >= _GROUP:
                        yield pa.concat_tables(parts)
                        parts = []
        if parts:
            yield pa.concat_tables(parts)

    def _write(self, groups: Iterable[pa.Table]) -> File:
        """A Parquet file in the table's folder, of which the table knows nothing yet."""
        name, count = f"part-{uuid4().hex}.parquet", 0
        with (
            self._files.written(name) as sink,
            pq.ParquetWriter(
                sink,
                self._schema,
                compression="zstd",
                compression_level=1,
                use_dictionary=[name for name in self._schema.names if name not in UNIQUE],
                write_statistics=False,  # keys are hashes: the least and the greatest would skip nothing
            ) as writer,
        ):
            for rows in groups:
                writer.write_table(rows)
                count += len(rows)
        return File(name, self._files.size(name), count)

    def _enter(self, actions: list[dict[str, Any]], claimed: Iterable[str] = ()) -> bool:
        """Write actions as the next version, whichever that is.

        Returns:
            False, and nothing is written, if somebody else has removed one of the `claimed` files.
        """
        ours = set(claimed)
        entry = b"".join(orjson.dumps(action) + b"\n" for action in actions)
        while not self._files.enter(self._next, entry):
            gone = set[str]()
            for other in self._files.entries(self._next):
                gone |= _gone(other)
                self._next += 1
            self._tiers = [[file for file in files if file.name not in gone] for files in self._tiers]
            if gone & ours:
                return False
        self._next += 1
        return True


def _gone(entry: bytes) -> set[str]:
    """The files that an entry, somebody else's, removes: we have them no more."""
    actions = map(orjson.loads, entry.splitlines())
    return {action["remove"]["path"] for action in actions if "remove" in action}


def _added(file: File, *, new: bool) -> dict[str, Any]:
    told = {"path": file.name, "partitionValues": {}, "size": file.size, "modificationTime": _now()}
    return {"add": {**told, "dataChange": new, "stats": f'{{"numRecords":{file.rows}}}'}}


def _removed(file: File) -> dict[str, Any]:
    told = {"path": file.name, "deletionTimestamp": _now(), "dataChange": False, "size": file.size}
    return {"remove": {**told, "extendedFileMetadata": True, "partitionValues": {}}}


def _now() -> int:
    return time.time_ns() // 1_000_000
