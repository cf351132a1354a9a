"""CSV files with a header, read row by row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from winnow.steps.errors import UsageError
from winnow.steps.revision import revision_of
from winnow.steps.source.files import locate, reading
from winnow.steps.source.mapping import MappedSource, missing_columns
from winnow.steps.source.values import RowError, listed

_LONGEST = 16 * 2**20  # characters of a cell; the csv module's own limit of 131,072 is too short
_UNDECODABLE = re.compile("[\udc80-\udcff]")  # what errors="surrogateescape" makes of bytes that are no UTF-8
_NOT_UTF8 = "invalid UTF-8: save the file as UTF-8"


class CsvSource(MappedSource):
    """`{type: csv, path: data.csv, prompt: question, reference: {answer: answer}, delimiter: ";"}`.

    The first line names the columns. Every cell is text, so `007` stays `007`; an empty one is null.
    """

    type: Literal["csv"]
    path: str
    """A file, relative to the working directory; it may hold `${env:NAME}`."""
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    """What stands between two cells."""

    @property
    def place(self) -> str:
        return self.path

    def content(self) -> str:
        return revision_of(locate(self.path))

    @property
    def unit(self) -> str:
        return "line"

    def raw(self) -> Iterator[tuple[int, Any]]:
        csv.field_size_limit(max(csv.field_size_limit(), _LONGEST))
        with (
            reading(self.path) as file,
            io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="") as text,
        ):
            reader = csv.reader(text, delimiter=self.delimiter, strict=True)
            header = self._header(reader)
            while True:
                number = reader.line_num + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as broken:
                    yield number, RowError(f"broken CSV: {broken}")
                    continue
                if cells:
                    yield number, _row(header, cells)

    def _header(self, reader: Any) -> list[str]:
        try:
            header: list[str] = next(reader)
        except StopIteration:
            raise UsageError(f"{self.path} is empty: expected a header and rows") from None
        except csv.Error as broken:
            raise UsageError(f"{self.path}, line 1: broken CSV: {broken}") from None
        if any(_UNDECODABLE.search(name) for name in header):
            raise UsageError(f"{self.path}, line 1: {_NOT_UTF8}")
        if twice := sorted({name for name in header if header.count(name) > 1}):
            raise UsageError(f"{self.path}, line 1: two columns are called {listed(twice)}: rename one")
        if wrong := missing_columns(self.fields, header):
            raise UsageError(f"{self.path} has {wrong}")
        return header


def _row(header: list[str], cells: list[str]) -> Any:
    if len(cells) != len(header):
        return RowError(f"expected {len(header)} cells as in the header, found {len(cells)}")
    if any(_UNDECODABLE.search(cell) for cell in cells):
        return RowError(_NOT_UTF8)
    return {name: cell or None for name, cell in zip(header, cells, strict=True)}
