"""Rows as Parquet files, written as they come: `<kind>/<split>-00000-of-00002.parquet`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import polars as pl
import pyarrow.parquet as pq

_LARGEST = 256 * 2**20  # bytes of a file, about: what loaders and the Hub like
_ROW_GROUP = 10_000  # rows


@dataclass(frozen=True, slots=True)
class DatasetFile:
    """One file of a build, by its path below the build's folder."""

    path: str
    rows: int
    bytes: int
    sha256: str


class Shards:
    """The files of one split of one dataset. The same rows in the same calls give the same bytes."""

    def __init__(self, folder: Path, kind: str, split: str, largest: int = _LARGEST) -> None:
        self._root, self._folder, self._split, self._largest = folder, folder / kind, split, largest
        self._rows: list[int] = []
        self._writer: pq.ParquetWriter | None = None

    def add(self, rows: pl.DataFrame) -> None:
        """Write rows; they have the columns of those before them."""
        table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._writer is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(self._scratch(len(self._rows)), table.schema, compression="zstd")
            self._rows.append(0)
        self._writer.write_table(table, row_group_size=_ROW_GROUP)
        self._rows[-1] += rows.height
        if self._scratch(len(self._rows) - 1).stat().st_size >= self._largest:
            self._end()

    def close(self) -> list[DatasetFile]:
        """Give the files their names, now that their number is known."""
        self._end()
        files = []
        for at, rows in enumerate(self._rows):
            path = self._folder / f"{self._split}-{at:05}-of-{len(self._rows):05}.parquet"
            self._scratch(at).rename(path)
            told = path.relative_to(self._root).as_posix()
            files.append(DatasetFile(told, rows, path.stat().st_size, sha256_of(path)))
        return files

    def __enter__(self) -> Shards:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _scratch(self, at: int) -> Path:
        return self._folder / f".{self._split}-{at:05}"


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
