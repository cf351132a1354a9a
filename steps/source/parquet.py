"""Parquet files, read a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from winnow.steps.errors import MissingError, UsageError
from winnow.steps.revision import revision_of
from winnow.steps.source.files import locate, must_be_file
from winnow.steps.source.mapping import MappedSource, missing_columns

_BATCH = 1024  # rows that are in memory at once


class ParquetSource(MappedSource):
    """`{type: parquet, path: data.parquet, prompt: question, reference: {answer: answer}}`.

    Reads no other columns than the mapping names.
    """

    type: Literal["parquet"]
    path: str
    """A file, relative to the working directory; it may hold `${env:NAME}`."""

    @property
    def place(self) -> str:
        return self.path

    def content(self) -> str:
        return revision_of(locate(self.path))

    def raw(self) -> Iterator[tuple[int, Any]]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = locate(self.path)
        must_be_file(path, self.path)
        try:
            with pq.ParquetFile(path) as file:
                names = file.schema_arrow.names
                if wrong := missing_columns(self.fields, names):
                    raise UsageError(f"{self.path} has {wrong}")
                wanted = [name for name in names if name in self.fields or name in self._roots]
                number = 0
                for batch in file.iter_batches(_BATCH, columns=wanted):
                    for row in batch.to_pylist():
                        number += 1
                        yield number, row
        except pa.ArrowInvalid as broken:
            told = str(broken).partition("\n")[0]
            raise UsageError(f"{self.path} is no sound parquet file: {told}") from None
        except OSError as broken:
            raise MissingError(f"{self.path} cannot be read: {broken.strerror or broken}") from None

    @property
    def _roots(self) -> set[str]:
        return {field.split(".")[0] for field in self.fields}
