"""Reading and committing: the Delta tables under one root, a folder or an object-store URL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote

import polars as pl
import pyarrow as pa
from deltalake import DeltaTable, WriterProperties
from deltalake.exceptions import DeltaError, TableNotFoundError

from winnow.steps.errors import MissingError, is_panic
from winnow.steps.ledger.clock import follow
from winnow.steps.ledger.log import LocalLog
from winnow.steps.ledger.remote import RemoteLog
from winnow.steps.ledger.schema import TABLES, Row, table_of
from winnow.steps.ledger.trim import give_back

PROPERTIES = WriterProperties(compression="ZSTD", compression_level=1, max_row_group_size=2**16)
"""How every file of the ledger is written. Few rows in a group: a reader may want some of a large file."""
# Keys are hashes: the least and the greatest of a file would cost a third of a commit and skip nothing.
# No entry of a log is ever deleted: whoever appends knows by the last one which is next.
_CONFIGURATION: dict[str, str | None] = {
    "delta.dataSkippingNumIndexedCols": "0",
    "delta.enableExpiredLogCleanup": "false",
}
_COMPACT_TO = 128 * 1024 * 1024  # bytes of a compacted file
_SMALL = 1024 * 1024  # bytes; a table whose files are larger on average reads well as it is
_FEW = 8  # files, in any case
_READ_AT_ONCE = 4 * 2**16  # rows
# What a full disk, a folder that is not ours, or a value that no column holds ends in.
_BROKEN = (OSError, DeltaError, pa.ArrowException, UnicodeError, OverflowError)


class Ledger:
    """Append-only tables under one root, those of `winnow.steps.ledger.schema`.

    A commit is atomic for each table, and tables are committed in an order in which nothing ever refers
    to what is not there. Two writers may append at once.

    >>> import tempfile
    >>> ledger = Ledger(tempfile.mkdtemp())
    >>> ledger.scan("events").collect().height
    0
    """

    def __init__(self, root: str | Path) -> None:
        self.root = str(root)
        self._logs: dict[str, LocalLog | RemoteLog] = {}

    def url(self, table: str) -> str:
        return f"{self.root}/{table}"

    def scan(self, table: str) -> pl.LazyFrame:
        """A lazy view of a table as it is now; empty, with its columns, where nothing was written yet."""
        try:
            found = DeltaTable(self.url(table))
        except (TableNotFoundError, FileNotFoundError):
            return empty(table)
        if "://" in self.root:
            return pl.scan_delta(found)
        return self._read(table, _files(found)["path"].to_list())

    def batches(self, table: str) -> Iterator[pl.LazyFrame]:
        """The table as it is now, some hundred thousand rows at a time: each row once, in no order."""
        try:
            files = _files(DeltaTable(self.url(table)))
        except (TableNotFoundError, FileNotFoundError):
            return
        if "://" in self.root:
            yield self.scan(table)
            return
        at = pl.col("num_records").cum_sum() // _READ_AT_ONCE
        for _, some in files.sort("path").group_by(at, maintain_order=True):
            rows = self._read(table, some["path"].to_list())
            for start in range(0, int(some["num_records"].sum()), _READ_AT_ONCE):
                yield rows.slice(start, _READ_AT_ONCE)

    def height(self, table: str) -> int:
        """How many rows a table has, by what its log says of its files: none of them is opened."""
        try:
            return int(_files(DeltaTable(self.url(table)))["num_records"].sum())
        except (TableNotFoundError, FileNotFoundError):
            return 0

    def follow(self) -> None:
        """Have rows that are made from now on be later than all that are here, whatever the clock says."""
        for name in self.versions():
            last = self.scan(name).select(pl.col("created_at").max().dt.timestamp("us")).collect().item()
            follow(last or 0)

    def _read(self, table: str, files: Sequence[str]) -> pl.LazyFrame:
        # By their paths: polars takes Delta's percent-encoded address of a folder for the folder's name.
        folder = Path(self.url(table))
        paths = [folder / unquote(file) for file in files]
        return pl.scan_parquet(paths, glob=False) if paths else empty(table)

    def commit(self, rows: Mapping[str, list[Row]]) -> None:
        """Make rows durable. When this returns they survive a SIGKILL.

        Raises:
            MissingError: the ledger cannot be written (disk full, no permission, a value that no column
                holds). What was committed before is whole.
        """
        for name in TABLES:
            if rows.get(name):
                with self._told(name):
                    self._log(name).append(table_of(name, rows[name]))

    def tidy(self) -> None:
        """Merge small files among those that were committed here, now and then, and give memory back; between
        two commits.

        What cannot be merged is left: it reads slower, no worse.
        """
        for log in self._logs.values():
            with suppress(*_BROKEN):
                log.tidy()
        give_back()

    def versions(self) -> dict[str, int]:
        """The Delta version of each table that exists."""
        found = {}
        for name in TABLES:
            try:
                found[name] = DeltaTable(self.url(name)).version()
            except (TableNotFoundError, FileNotFoundError):
                continue
        return found

    def compact(self) -> dict[str, int]:
        """Merge small files into large ones, and delete those out of use for a week.

        Returns:
            For each table that was compacted: how many files were merged.

        Raises:
            MissingError: the ledger cannot be written; it is as it was.
        """
        merged = {}
        for name in self.versions():
            with self._told(name):
                merged.update(self._compact(name))
        return merged

    def _compact(self, name: str) -> dict[str, int]:
        table = DeltaTable(self.url(name))
        sizes = _files(table)["size_bytes"]
        if len(sizes) <= _FEW or sizes.sum() >= _SMALL * len(sizes):
            return {}
        told = table.optimize.compact(target_size=_COMPACT_TO, writer_properties=PROPERTIES)
        table.create_checkpoint()
        table.vacuum(dry_run=False)
        return {name: int(told["numFilesRemoved"])}

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """What goes wrong while a table is written, as a message for the user."""
        try:
            yield
        except BaseException as broken:
            self._logs.pop(name, None)
            if not isinstance(broken, _BROKEN) and not is_panic(broken):
                raise
            raise MissingError(
                f"the ledger cannot be written: {self.url(name)}: {_first_line(broken)}\n"
                "What was committed before is whole: make room or mend the folder, and run again."
            ) from broken

    def _log(self, name: str) -> LocalLog | RemoteLog:
        """A table's log, to append to; whoever comes second opens the table that the first one made."""
        if name not in self._logs:
            url, schema = self.url(name), TABLES[name]
            self._logs[name] = (
                RemoteLog(url, schema, _CONFIGURATION)
                if "://" in self.root
                else LocalLog(Path(url), schema, _CONFIGURATION)
            )
        return self._logs[name]


def empty(table: str) -> pl.LazyFrame:
    """A table without a row."""
    nothing = pa.Table.from_batches([], TABLES[table])  # its own empty_table() would load pandas
    return pl.LazyFrame(pl.from_arrow(nothing))


def _files(table: DeltaTable) -> pl.DataFrame:
    """The table's files: `path`, below its folder, `size_bytes` and `num_records`."""
    return pl.DataFrame(table.get_add_actions(flatten=True)).select("path", "size_bytes", "num_records")


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
