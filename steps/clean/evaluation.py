"""Evaluation sets, read from files, folders and the Hub: the texts that no row may overlap with.

A small reader of its own: what follows the ledger knows no sources.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import orjson
import polars as pl

from winnow.steps.clean.config import EvaluationConfig
from winnow.steps.errors import MissingError, UsageError, WinnowError
from winnow.steps.secrets import expand

_MARK = b"\xef\xbb\xbf"  # that some put at the beginning of UTF-8
_CELL = 16 * 2**20  # characters of a CSV cell


def evaluation_texts(sets: Iterable[EvaluationConfig]) -> pl.DataFrame:
    """The texts of evaluation sets, in the order of the sets and their rows.

    Returns:
        Columns set (as the recipe calls it), row (from 1), field, text.

    Raises:
        MissingError: a set is not there or cannot be reached.
        UsageError: it cannot be read, has no such field, or no text in any.
    """
    rows = [row for one in sets for row in _said(one)]
    schema = {"set": pl.String, "row": pl.Int64, "field": pl.String, "text": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _said(one: EvaluationConfig) -> Iterator[tuple[str, int, str, str]]:
    number, blank = 0, True
    for number, row in _rows(one):
        for field, text in _texts(one, number, row):
            blank = False
            yield one.told, number, field, text
    if blank:
        where = f"in {', '.join(one.fields)} " if one.fields else ""
        why = f"{where}its {number} rows are blank" if number else "it has no rows"
        raise UsageError(
            f"decontaminate: {one.path} has no text: {why}, so nothing would be compared with it. "
            "Name a field that has texts, or leave the set out"
        )


def _rows(one: EvaluationConfig) -> Iterator[tuple[int, Mapping[str, Any]]]:
    number = 0
    try:
        for row in _READERS.get(one.suffix, _hub)(one):
            number += 1
            yield number, row
    except WinnowError:
        raise
    except FileNotFoundError:
        raise MissingError(f"decontaminate: {one.path} is not there (looked in {Path.cwd()})") from None
    except (orjson.JSONDecodeError, csv.Error, UnicodeDecodeError, EOFError, zlib.error) as broken:
        raise UsageError(f"decontaminate: {one.path}, row {number + 1}: {broken}") from None
    except (OSError, pl.exceptions.PolarsError) as broken:
        what = str(broken).strip().partition("\n")[0]
        raise MissingError(f"decontaminate: {one.path} cannot be read: {what}") from None


def _texts(one: EvaluationConfig, number: int, row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    where = f"decontaminate: {one.path}, row {number}"
    if not isinstance(row, Mapping):
        raise UsageError(f"{where}: expected an object with fields, found {type(row).__name__}")
    for field in one.fields or ["text"]:
        value: Any = row
        for key in [field] if field in row else field.split("."):
            items = value if isinstance(value, list | tuple) else [value]
            if not all(isinstance(item, Mapping) and key in item for item in items):
                has = ", ".join(sorted(map(str, row)))
                raise UsageError(f"{where} has no field {field!r}: it has {has}")
            value = [item[key] for item in items] if items is value else value[key]
        if text := _text(value, where, field).strip():
            yield field, text


def _text(value: Any, where: str, field: str) -> str:
    """A field as text: of a list its items, of chat messages and their parts the contents, line by line.

    >>> _text([{"role": "user", "content": [{"type": "text", "text": "Hi"}]}, "there"], "row 1", "chat")
    'Hi\\nthere'
    """
    if isinstance(value, Mapping):
        said = value.get("text") if value.get("type") == "text" else value.get("content")
        if said is None and not value.keys() & {"role", "content"}:
            has = ", ".join(map(str, value)) or "nothing"
            raise UsageError(
                f"{where}: {field} holds an object without `content`: it has {has}. "
                f"Name the key inside, such as {field}.{next(iter(value), 'text')}"
            )
        return _text(said, where, field)
    if isinstance(value, list | tuple):
        return "\n".join(_text(item, where, field) for item in value)
    return "" if value is None else str(value)


@contextmanager
def _opened(one: EvaluationConfig) -> Iterator[IO[bytes]]:
    path = _path(one)
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        yield cast(IO[bytes], file)


def _path(one: EvaluationConfig) -> Path:
    return Path(expand(one.path)).expanduser()


def _jsonl(one: EvaluationConfig) -> Iterator[Any]:
    with _opened(one) as file:
        for number, line in enumerate(file):
            if told := line.strip() if number else line.removeprefix(_MARK).strip():
                yield orjson.loads(told)


def _lines(one: EvaluationConfig) -> Iterator[Any]:
    with _opened(one) as file:
        yield from ({"text": line.decode()} for line in file)


def _csv(one: EvaluationConfig) -> Iterator[Any]:
    csv.field_size_limit(max(csv.field_size_limit(), _CELL))
    with _opened(one) as file, io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        yield from csv.DictReader(text, strict=True)


def _parquet(one: EvaluationConfig) -> Iterator[Any]:
    path = _path(one)
    roots = {field for name in one.fields for field in (name, name.partition(".")[0])}
    names = pl.read_parquet_schema(path)
    wanted = [name for name in names if name in roots] or list(names)
    yield from pl.read_parquet(path, columns=wanted).iter_rows(named=True)


def _hub(one: EvaluationConfig) -> Iterator[Any]:
    roots = {field for name in one.fields for field in (name, name.partition(".")[0])}
    try:
        dataset = _loaded(one)
        wanted = [name for name in dataset.column_names if name in roots]
        yield from dataset.select_columns(wanted or dataset.column_names)
    except WinnowError:
        raise
    except Exception as broken:  # the library lets through whatever its file systems and formats raise
        what = str(broken).strip().partition("\n")[0] or type(broken).__name__
        kind = UsageError if isinstance(broken, ValueError) else MissingError
        raise kind(f"decontaminate: {one.path} ({one.split}) cannot be loaded: {what}") from broken


def _loaded(one: EvaluationConfig) -> Any:
    import datasets

    folder = _path(one)
    where = str(folder) if folder.is_dir() else expand(one.path)
    if (folder / "state.json").is_file():
        return datasets.load_from_disk(where)
    if not (folder / "dataset_dict.json").is_file():
        return datasets.load_dataset(where, one.config, split=one.split, revision=one.revision)
    saved = datasets.load_from_disk(where)
    if one.split not in saved:
        told = ", ".join(sorted(saved))
        raise UsageError(f"decontaminate: {one.path} has no split {one.split!r}: it has {told}")
    return saved[one.split]


_READERS = {".jsonl": _jsonl, ".txt": _lines, ".csv": _csv, ".parquet": _parquet}
