"""One schema for rows of several builds: columns that one lacks are null in its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl
from polars.datatypes import DataTypeClass

from winnow.steps.errors import UsageError

Schema = dict[str, pl.DataType]
_NEEDED = ("id", "problem_id", "asked")


def united(schemas: Iterable[tuple[str, Mapping[str, pl.DataType]]], kind: str) -> Schema:
    """All columns, in the order in which they are met, with types that hold the values of each.

    Args:
        schemas: by the name of their run.

    Raises:
        UsageError: two runs have values of different types in a column, or one lacks what tells rows apart.
    """
    found: Schema = {}
    for run, schema in schemas:
        if lacking := next((name for name in _NEEDED if name not in schema), None):
            raise UsageError(
                f"the dataset {kind} of {run} cannot be mixed in: it has no column {lacking}. "
                "`winnow build` makes it anew"
            )
        for name, dtype in schema.items():
            wider = _wider(found.get(name), dtype)
            if wider is None:
                raise UsageError(
                    f"the dataset {kind} of {run} cannot be mixed in: its column {name} is {dtype}, "
                    f"where another run has {found[name]}"
                )
            found[name] = wider
    return found


def fitted(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Rows in the columns and types of `united`."""
    return rows.select(
        (_cast(rows[name], dtype) if name in rows.columns else pl.Series(name, [None] * rows.height, dtype))
        for name, dtype in schema.items()
    )


def _wider(one: pl.DataType | None, other: pl.DataType) -> pl.DataType | None:
    if one is None or one == other or one == pl.Null:
        return other
    if other == pl.Null:
        return one
    if isinstance(one, pl.List) and isinstance(other, pl.List):
        inner = _wider(_instance(one.inner), _instance(other.inner))
        return None if inner is None else pl.List(inner)
    if isinstance(one, pl.Struct) and isinstance(other, pl.Struct):
        fields = {field.name: _instance(field.dtype) for field in one.fields}
        for field in other.fields:
            wider = _wider(fields.get(field.name), _instance(field.dtype))
            if wider is None:
                return None
            fields[field.name] = wider
        return pl.Struct(fields)
    return pl.Float64() if one.is_numeric() and other.is_numeric() else None


def _cast(values: pl.Series, dtype: pl.DataType) -> pl.Series:
    if values.dtype == dtype:
        return values
    return pl.Series(values.name, values.to_list(), dtype=dtype, strict=False)


def _instance(dtype: pl.DataType | DataTypeClass) -> pl.DataType:
    return dtype() if isinstance(dtype, DataTypeClass) else dtype
