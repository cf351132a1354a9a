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
from winnow.steps.ledger.files import DiskFiles, Files
from winnow.steps.ledger.log import Log
from winnow.steps.ledger.schema import TABLES, Row, table_of
from winnow.steps.ledger.trim import give_back
from winnow.steps.storage import patience
from winnow.steps.storage.url import is_url, options_of, place_of

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

    With `at`, versions of tables by name, it is read as it was then; what has no version was not there.

    >>> import tempfile
    >>> ledger = Ledger(tempfile.mkdtemp())
    >>> ledger.scan("events").collect().height
    0
    """

    def __init__(self, root: str | Path, at: Mapping[str, int] | None = None) -> None:
        self._at, self._is_begun = at, False
        self.is_remote = is_url(root)
        self.root = place_of(str(root)) if self.is_remote else str(root)
        self._options = options_of() if self.is_remote else None
        self._logs: dict[str, Log] = {}

    def url(self, table: str) -> str:
        return f"{self.root}/{table}"

    def scan(self, table: str) -> pl.LazyFrame:
        """A lazy view of a table as it is now; empty, with its columns, where nothing was written yet."""
        found = self.opened(table)
        return empty(table) if found is None else self._read(table, _files(found)["path"].to_list())

    def batches(self, table: str) -> Iterator[pl.LazyFrame]:
        """The table as it is now, some hundred thousand rows at a time: each row once, in no order."""
        found = self.opened(table)
        if found is None:
            return
        at = pl.col("num_records").cum_sum() // _READ_AT_ONCE
        for _, some in _files(found).sort("path").group_by(at, maintain_order=True):
            rows = self._read(table, some["path"].to_list())
            for start in range(0, int(some["num_records"].sum()), _READ_AT_ONCE):
                yield rows.slice(start, _READ_AT_ONCE)

    def height(self, table: str) -> int:
        """How many rows a table has, by what its log says of its files: none of them is opened."""
        found = self.opened(table)
        return 0 if found is None else int(_files(found)["num_records"].sum())

    def opened(self, table: str) -> DeltaTable | None:
        """A table as it is now, or at the version that it is read at; None where nothing was written yet.

        Raises:
            MissingError: the store cannot be reached, or refuses, or this version cannot be read any more.
        """
        told = {"max_retries": "10", "retry_timeout": f"{patience.PATIENCE:.0f}s"}
        options = {**self._options, **told} if self._options is not None else None
        if self._at is not None and table not in self._at:
            return None
        try:
            version = self._at[table] if self._at is not None else None
            return DeltaTable(self.url(table), version=version, storage_options=options)
        except (TableNotFoundError, FileNotFoundError):
            return None
        except (DeltaError, OSError) as broken:
            if not self.is_remote:
                raise
            raise patience.unreachable(self.url(table), broken) from broken

    def follow(self) -> None:
        """Have rows that are made from now on be later than all that are here, whatever the clock says."""
        for name in self.versions():
            last = self.scan(name).select(pl.col("created_at").max().dt.timestamp("us")).collect().item()
            follow(last or 0)

    def _read(self, table: str, files: Sequence[str]) -> pl.LazyFrame:
        if not files:
            return empty(table)
        # By their paths: polars takes Delta's percent-encoded address of a folder for the folder's name.
        if not self.is_remote:
            folder = Path(self.url(table))
            return pl.scan_parquet([folder / unquote(file) for file in files], glob=False)
        urls = [f"{self.url(table)}/{unquote(file)}" for file in files]
        options = {
            **(self._options or {}),
            "max_retries": 10,
            "retry_timeout_ms": int(1000 * patience.PATIENCE),
        }
        # What the environment says, and no more: boto3's own files and caches are not asked.
        return pl.scan_parquet(urls, glob=False, storage_options=options, credential_provider=None)

    def commit(self, rows: Mapping[str, list[Row]]) -> None:
        """Make rows durable. When this returns they survive a SIGKILL.

        Raises:
            MissingError: the ledger cannot be written (disk full, no permission, a store that is away for a
                minute, a value that no column holds). What was committed before is whole.
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
            with suppress(MissingError, *_BROKEN):
                log.tidy()
        give_back()

    def versions(self) -> dict[str, int]:
        """The Delta version of each table that exists."""
        opened = {name: self.opened(name) for name in TABLES}
        return {name: table.version() for name, table in opened.items() if table is not None}

    def is_whole(self) -> bool:
        """Whether every file is there."""
        for name in TABLES:
            if (table := self.opened(name)) is not None:
                there = set(self._files(name).there())
                if not there.issuperset(map(unquote, _files(table)["path"])):
                    return False
        return True

    def compact(self, keep: Sequence[Mapping[str, int]] = ()) -> dict[str, int]:
        """Merge small files into large ones, and delete those out of use for a week.

        Args:
            keep: versions of the tables that must stay readable.

        Returns:
            For each table that was compacted: how many files were merged.

        Raises:
            MissingError: the ledger cannot be written; it is as it was.
        """
        merged = {}
        for name in TABLES:
            with self._told(name):
                merged.update(self._compact(name, [at[name] for at in keep if name in at]))
        return merged

    def unused(self, keep: Sequence[Mapping[str, int]], days: int, *, delete: bool = False) -> dict[str, int]:
        """Files that no table has had for so many days, but for those of versions to `keep`, and those that
        broke off: how many of each table. They are left, unless told to `delete` them.

        Raises:
            MissingError: the ledger cannot be written.
        """
        found = {}
        for name in TABLES:
            if (table := self.opened(name)) is not None:
                with self._told(name):
                    gone = table.vacuum(
                        retention_hours=24 * days,
                        dry_run=not delete,
                        enforce_retention_duration=False,
                        full=True,
                        keep_versions=[at[name] for at in keep if name in at] or None,
                    )
                    found[name] = len(gone)
        return found

    def _compact(self, name: str, keep: list[int]) -> dict[str, int]:
        if (table := self.opened(name)) is None:
            return {}
        sizes = _files(table)["size_bytes"]
        if len(sizes) <= _FEW or sizes.sum() >= _SMALL * len(sizes):
            return {}
        told = table.optimize.compact(target_size=_COMPACT_TO, writer_properties=PROPERTIES)
        table.create_checkpoint()
        table.vacuum(dry_run=False, keep_versions=keep or None)
        return {name: int(told["numFilesRemoved"])}

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """What goes wrong while a table is written, as a message for the user."""
        try:
            yield
        except BaseException as broken:
            self._logs.pop(name, None)
            if not isinstance(broken, (MissingError, *_BROKEN)) and not is_panic(broken):
                raise
            if isinstance(broken, MissingError):
                why, fix = str(broken), "mend that"
            elif self.is_remote:
                why, fix = str(patience.unreachable(self.url(name), broken)), "mend that"
            else:
                why, fix = f"{self.url(name)}: {_first_line(broken)}", "make room or mend the folder"
            raise MissingError(
                f"the ledger cannot be written: {why}\n"
                f"What was committed before is whole: {fix}, and run again."
            ) from broken

    def _log(self, name: str) -> Log:
        """A table's log, to append to; whoever comes second opens the table that the first one made."""
        if name not in self._logs:
            self._logs[name] = Log(self._files(name), TABLES[name], _CONFIGURATION)
        return self._logs[name]

    def _files(self, name: str) -> Files:
        if not self.is_remote:
            if not self._is_begun:  # later a folder that is not there any more is lost, and not made anew
                with suppress(OSError):
                    Path(self.root).mkdir(parents=True, exist_ok=True)
                self._is_begun = True
            return DiskFiles(Path(self.url(name)))
        from winnow.steps.ledger.remote import StoreFiles

        return StoreFiles(self.url(name))


def empty(table: str) -> pl.LazyFrame:
    """A table without a row."""
    nothing = pa.Table.from_batches([], TABLES[table])  # its own empty_table() would load pandas
    return pl.LazyFrame(pl.from_arrow(nothing))


def _files(table: DeltaTable) -> pl.DataFrame:
    """The table's files: `path`, below its folder, `size_bytes` and `num_records`."""
    return pl.DataFrame(table.get_add_actions(flatten=True)).select("path", "size_bytes", "num_records")


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
