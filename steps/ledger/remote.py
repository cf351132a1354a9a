"""A Delta table in an object store, appended to by deltalake, which knows how each one writes a version."""

from __future__ import annotations

import pyarrow as pa
from deltalake import DeltaTable, WriterProperties, write_deltalake

_PROPERTIES = WriterProperties(compression="ZSTD", compression_level=1)
_COMMITS = 64  # by one handle; it holds the log since it was opened
_MERGED = 16 * 1024 * 1024  # bytes of a file that small ones are merged into


class RemoteLog:
    """As `LocalLog`, for a URL."""

    def __init__(self, url: str, schema: pa.Schema, configuration: dict[str, str | None]) -> None:
        self._url = url
        self._table = DeltaTable.create(url, schema=schema, mode="ignore", configuration=configuration)
        self._commits = 0

    def append(self, rows: pa.Table) -> None:
        """Make rows durable.

        Raises:
            OSError, DeltaError: the store cannot be written.
        """
        write_deltalake(self._table, rows, mode="append", writer_properties=_PROPERTIES)
        self._commits += 1

    def tidy(self) -> None:
        """Merge small files now and then, and forget what the handle remembers of the log.

        Raises:
            OSError, DeltaError: as above, or somebody else merged the same files. The table is as it was.
        """
        if self._commits >= _COMMITS:
            self._commits = 0
            self._table = DeltaTable(self._url)
            self._table.optimize.compact(
                target_size=_MERGED, max_concurrent_tasks=1, writer_properties=_PROPERTIES
            )
