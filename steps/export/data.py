"""A dataset of a build in a trainer's columns: one Parquet file a split.

Parquet and not JSON lines: readers of JSON guess types, and take a text that looks like a date for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from winnow.steps.build.reading import Built
from winnow.steps.errors import UsageError
from winnow.steps.export.columns import explicit, thoughts_in
from winnow.steps.export.trainer import Data, Kind
from winnow.steps.records import canonical, key_of


@dataclass(slots=True)
class Lost:
    """What of a dataset a trainer does not read: how many rows, and the field of messages with thoughts."""

    rows: int = 0
    thoughts: str | None = None


def write_data(built: Built, kind: str, form: Kind, folder: Path) -> tuple[Data, Lost]:
    """Write the splits of a dataset below `folder`; returns them, and what the trainer cannot read.

    Each file of the build becomes one row group, so that memory holds one of them at a time; all at once
    where they are shuffled.

    Raises:
        UsageError: the build lacks a column that the trainer needs.
    """
    paths, rows, lost = {}, {}, Lost()
    for split, files in built.files(kind).items():
        path = f"data/{kind}/{split}.parquet"
        writer: pq.ParquetWriter | None = None
        count = 0
        try:
            for source in _sources([built.build.folder / file.path for file in files], form.shuffled):
                frame = _selected(source, kind, form)
                count += frame.height
                lost.rows += source.height - frame.height
                lost.thoughts = lost.thoughts or thoughts_in(source)
                table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
                if writer is None:
                    (folder / path).parent.mkdir(parents=True, exist_ok=True)
                    writer = pq.ParquetWriter(folder / path, table.schema, compression="zstd")
                if table.num_rows:
                    writer.write_table(table.cast(writer.schema) if table.schema != writer.schema else table)
        finally:
            if writer is not None:
                writer.close()
        if count:
            paths[split], rows[split] = path, count
        else:
            (folder / path).unlink()
    return Data(kind, paths, rows), lost


def _sources(paths: list[Path], shuffled: bool) -> Iterator[pl.DataFrame]:
    frames = (pl.read_parquet(path, glob=False) for path in paths)
    if not shuffled:
        yield from map(explicit, frames)
        return
    whole = pl.concat(frames)
    problems = whole["problem_id"] if "problem_id" in whole.columns else whole["prompt"]
    keys = pl.DataFrame(
        {
            "problem": [key_of(canonical(one)) for one in problems.to_list()],
            "row": [key_of(one) for one in whole["id"]],
        },
        schema={"problem": pl.String, "row": pl.String},
    ).with_columns(turn=pl.col("row").rank("ordinal").over("problem"))
    order = keys.with_row_index("at").sort("turn", "problem")["at"]
    yield explicit(whole[order])


def _selected(source: pl.DataFrame, kind: str, form: Kind) -> pl.DataFrame:
    left_out = {name for name in form.optional if name not in source.columns}
    wanted = {name: told for name, told in form.columns.items() if name not in left_out}
    try:
        fitting = source if form.fits is None else source.filter(form.fits)
        return fitting.select(**wanted, id="id")
    except (pl.exceptions.ColumnNotFoundError, pl.exceptions.InvalidOperationError) as broken:
        raise UsageError(
            f"the dataset {kind} of this build lacks what the trainer reads: {str(broken).splitlines()[0]}"
        ) from None
