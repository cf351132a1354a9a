"""A Delta table on a local disk, appended to without looking at what is in it.

deltalake's own writer holds a snapshot: every file of the table, and the log since it was opened. That costs
memory, and time for every commit, that grow with the number of commits. An append needs none of it: by the
protocol (https://github.com/delta-io/delta/blob/master/PROTOCOL.md) it is a new Parquet file, and an entry
of the log that names it, written under the next version if nobody has.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable

from winnow.steps.ledger.schema import UNIQUE

_FAN = 64  # small files that become one
_SMALL = 1024 * 1024  # bytes; a file as large reads well as it is
_GROUP = 2 * 1024 * 1024  # bytes of a merged row group, in memory
_CHECKPOINT = 1000  # versions; a reader replays 7,000 a second


@dataclass(frozen=True, slots=True)
class File:
    """A Parquet file of the table: its name, its size in bytes, and how many rows it has."""

    name: str
    size: int
    rows: int


class LocalLog:
    """The log of one table, made where it is not there.

    Several may append to one table at once: whoever finds a version taken takes the next one.
    """

    def __init__(self, folder: Path, schema: pa.Schema, configuration: dict[str, str | None]) -> None:
        self._folder, self._schema = folder, schema
        folder.parent.mkdir(exist_ok=True)  # and none above it: where a share was lost, nothing is begun anew
        DeltaTable.create(str(folder), schema=schema, mode="ignore", configuration=configuration)
        self._next = self._checked = 1 + max(self._versions())
        self._tiers: list[list[File]] = []  # small files of ours; those of a tier come of as many commits

    def append(self, rows: pa.Table) -> None:
        """Make rows durable. When this returns they survive a SIGKILL.

        Raises:
            OSError, pa.ArrowException: the disk is full, the folder is gone, ...
        """
        file = self._write([rows])
        self._enter([_added(file, new=True)])
        self._keep(0, file)

    def tidy(self) -> None:
        """Merge every 64 small files that were appended here, and those of merged files in turn, so that the
        table stays quick to read however long a run lasts. What is merged away stays on disk until it is
        vacuumed: whoever reads an older version goes on reading.

        Raises:
            OSError, pa.ArrowException, DeltaError: as above. The table is as it was, and reads as well.
        """
        tier = 0
        while tier < len(self._tiers):
            if len(self._tiers[tier]) >= _FAN:
                self._merge(tier)
            tier += 1
        if self._next - self._checked >= _CHECKPOINT:
            self._checked = self._next
            checkpoint(self._folder)

    def _merge(self, tier: int) -> None:
        files, self._tiers[tier] = self._tiers[tier], []  # also where it fails: it is not tried twice
        merged = self._write(self._grouped(files))
        if self._enter([*map(_removed, files), _added(merged, new=False)], {file.name for file in files}):
            self._keep(tier + 1, merged)
        else:
            (self._folder / merged.name).unlink()

    def _keep(self, tier: int, file: File) -> None:
        if file.size < _SMALL:
            while len(self._tiers) <= tier:
                self._tiers.append([])
            self._tiers[tier].append(file)

    def _grouped(self, files: list[File]) -> Iterator[pa.Table]:
        """The rows of files in their order, in row groups of some megabytes."""
        parts: list[pa.Table] = []
        for file in files:
            with pq.ParquetFile(self._folder / file.name, pre_buffer=False) as found:
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
        name = f"part-{uuid4().hex}.parquet"
        path, count = self._folder / name, 0
        try:
            with pq.ParquetWriter(
                path,
                self._schema,
                compression="zstd",
                compression_level=1,
                use_dictionary=[name for name in self._schema.names if name not in UNIQUE],
                write_statistics=False,  # keys are hashes: the least and the greatest would skip nothing
            ) as writer:
                for rows in groups:
                    writer.write_table(rows)
                    count += len(rows)
            return File(name, path.stat().st_size, count)
        except BaseException:
            with suppress(OSError):
                path.unlink()
            raise

    def _enter(self, actions: list[dict[str, Any]], claimed: Iterable[str] = ()) -> bool:
        """Write actions as the next version, whichever that is.

        Returns:
            False, and nothing is written, if somebody else has removed one of the `claimed` files.
        """
        ours = set(claimed)
        draft = self._folder / "_delta_log" / f".{uuid4().hex}.tmp"
        try:
            draft.write_bytes(b"".join(orjson.dumps(action) + b"\n" for action in actions))
            while not self._linked(draft):
                gone = self._gone()
                self._next += 1
                if gone & ours:
                    return False
            self._next += 1
            return True
        finally:
            with suppress(OSError):
                draft.unlink()

    def _linked(self, draft: Path) -> bool:
        """Whether the draft is the next version now: a link is made at once or, where there is one, not."""
        entry = self._entry(self._next)
        try:
            os.link(draft, entry)
        except FileExistsError:
            return entry.samefile(draft)  # network file systems may ask twice
        return True

    def _gone(self) -> set[str]:
        """The files that the next version, somebody else's, removes: we have them no more."""
        with self._entry(self._next).open("rb") as lines:
            told = [action["remove"] for line in lines if "remove" in (action := orjson.loads(line))]
        gone = {action["path"] for action in told}
        if gone:
            self._tiers = [[file for file in files if file.name not in gone] for files in self._tiers]
        return gone

    def _entry(self, version: int) -> Path:
        return self._folder / "_delta_log" / f"{version:020}.json"

    def _versions(self) -> Iterator[int]:
        with os.scandir(self._folder / "_delta_log") as entries:
            for entry in entries:
                version, _, kind = entry.name.partition(".")
                if version.isdigit() and kind == "json":
                    yield int(version)


def checkpoint(folder: Path) -> None:
    """Sum the log up in one file, by a process of its own: what deltalake takes for it grows with the number
    of versions, and is given back when the process ends. Without a checkpoint a table reads slower, no worse.
    """
    told = "import sys; from deltalake import DeltaTable; DeltaTable(sys.argv[1]).create_checkpoint()"
    subprocess.run(
        [sys.executable, "-P", "-c", told, str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is not for it
        check=False,
    )


def _added(file: File, *, new: bool) -> dict[str, Any]:
    told = {"path": file.name, "partitionValues": {}, "size": file.size, "modificationTime": _now()}
    return {"add": {**told, "dataChange": new, "stats": f'{{"numRecords":{file.rows}}}'}}


def _removed(file: File) -> dict[str, Any]:
    told = {"path": file.name, "deletionTimestamp": _now(), "dataChange": False, "size": file.size}
    return {"remove": {**told, "extendedFileMetadata": True, "partitionValues": {}}}


def _now() -> int:
    return time.time_ns() // 1_000_000
