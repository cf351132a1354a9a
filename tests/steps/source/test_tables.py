"""Parquet and CSV."""

from __future__ import annotations

import datetime
import decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from winnow.steps.errors import MissingError, UsageError
from winnow.steps.records import BadRow, Problem
from winnow.steps.source import CsvSource, ParquetSource

KEYS: dict[str, Any] = {"prompt": "q", "reference": {"answer": "a"}}


def parquet(path: Path, **keys: Any) -> ParquetSource:
    return ParquetSource.model_validate({"type": "parquet", "path": str(path), **KEYS, **keys})


def comma(path: Path, **keys: Any) -> CsvSource:
    return CsvSource.model_validate({"type": "csv", "path": str(path), **KEYS, **keys})


def whys(rows: list[Problem | BadRow]) -> list[str]:
    return [f"{row.where.rpartition(', ')[2]}: {row.why}" for row in rows if isinstance(row, BadRow)]


def test_parquet_rows_become_json(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    columns = {
        "q": ["one", "two"],
        "a": [decimal.Decimal("1.50"), decimal.Decimal("2.00")],
        "meta": [{"when": datetime.datetime(2024, 5, 1), "tags": ["x"], "raw": b"b"}, {"tags": []}],
        "unread": [float("nan"), 1.0],
    }
    pq.write_table(pa.table(columns), path)
    keys = {
        "reference": {"answer": "a", "tags": "meta.tags"},
        "metadata": {"when": "meta.when", "raw": "meta.raw"},
    }
    first, second = parquet(path, **keys).rows()
    assert isinstance(first, Problem)
    assert isinstance(second, Problem)
    assert first.reference == {"answer": "1.50", "tags": ["x"]}
    assert first.metadata == {"when": "2024-05-01T00:00:00", "raw": "b"}
    assert second.metadata == {"when": None, "raw": None}


def test_parquet_messages_are_chat(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    chat = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
    pq.write_table(pa.table({"chat": [chat], "a": [1]}), path)
    (row,) = ParquetSource(type="parquet", path=str(path), messages="chat", reference={"answer": "a"}).rows()
    assert isinstance(row, Problem)
    assert list(row.prompt) == chat


def test_parquet_bad_rows_are_told_by_number_across_batches(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    asked: list[str | None] = [f"question {at}" for at in range(3000)]
    asked[2500], asked[2600], asked[2700] = None, "", asked[7]
    pq.write_table(pa.table({"q": asked, "a": [*[1] * 2999, None]}), path, row_group_size=700)
    rows = list(parquet(path).rows())
    assert len(rows) == 3000
    assert whys(rows) == [
        "row 2501: expected the prompt as a string or a list of messages, found null",
        "row 2601: the prompt is empty",
        "row 2701: same problem as row 8: equal prompt and reference; leave one out",
        "row 3000: the reference field 'a' is null: a verifier needs a value",
    ]


def test_parquet_columns_and_files_that_are_not_there(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table({"question": ["x"], "a": [1]}), path)
    with pytest.raises(
        UsageError, match=r"no column 'qestion'; did you mean 'question'\? It has: question, a"
    ):
        list(parquet(path, prompt="qestion").rows())
    with pytest.raises(MissingError, match=r"did you mean 'data\.parquet'"):
        list(parquet(tmp_path / "date.parquet").rows())
    with pytest.raises(UsageError, match="is a folder"):
        list(parquet(tmp_path).rows())


@pytest.mark.parametrize("damage", [lambda whole: b"", lambda whole: b"PAR1 no", lambda whole: whole[:-20]])
def test_parquet_that_is_damaged(tmp_path: Path, damage: Any) -> None:
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table({"q": ["x"] * 100, "a": [1] * 100}), path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UsageError, match=r"data\.parquet is no sound parquet file"):
        list(parquet(path).rows())


def test_parquet_damaged_inside(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table({"q": [f"text {at}" for at in range(5000)], "a": [1] * 5000}), path)
    content = bytearray(path.read_bytes())
    content[100:4000] = b"\xff" * 3900
    path.write_bytes(content)
    with pytest.raises((UsageError, MissingError), match=r"data\.parquet"):
        list(parquet(path).rows())


def test_csv(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes('\ufeffid,q,a\r\n007,"a ""b"",\nc",1.0\r\n\r\n8,é,\n9,d,2\n'.encode())
    rows = list(comma(path, id="id").rows())
    assert isinstance(rows[0], Problem)
    assert rows[0].source_id == "007"
    assert rows[0].prompt[0]["content"] == 'a "b",\nc'
    assert rows[0].reference == {"answer": "1.0"}
    assert whys(rows) == ["line 5: the reference field 'a' is null: a verifier needs a value"]
    assert isinstance(rows[2], Problem)


def test_csv_with_another_delimiter(tmp_path: Path) -> None:
    path = tmp_path / "data.tsv"
    path.write_text("q\ta\nx, y\t1\n")
    (row,) = comma(path, delimiter="\t").rows()
    assert isinstance(row, Problem)
    assert row.prompt[0]["content"] == "x, y"


def test_csv_long_cells(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(f"q,a\n{'x' * 500_000},1\n")
    (row,) = comma(path).rows()
    assert isinstance(row, Problem)


def test_csv_bad_rows(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b'q,a\nx,1,2\ny\nz,\xff\n"w"v,1\nx,1\nx,1\ngood,2\n"open,3\n')
    rows = list(comma(path).rows())
    assert [isinstance(row, Problem) for row in rows] == [
        False,
        False,
        False,
        False,
        True,
        False,
        True,
        False,
    ]
    assert whys(rows) == [
        "line 2: expected 2 cells as in the header, found 3",
        "line 3: expected 2 cells as in the header, found 1",
        "line 4: invalid UTF-8: save the file as UTF-8",
        "line 5: broken CSV: ',' expected after '\"'",
        "line 7: same problem as line 6: equal prompt and reference; leave one out",
        "line 9: broken CSV: unexpected end of data",
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty: expected a header and rows"),
        (b"x,y\n1,2\n", "no column 'q' and no column 'a'. It has: x, y"),
        (b"q,a,a\n", "two columns are called a: rename one"),
        (b'"q,a\n', "line 1: broken CSV"),
        ("q,a\nx,1\n".encode("utf-16"), "line 1: invalid UTF-8: save the file as UTF-8"),
    ],
)
def test_csv_headers_that_cannot_be(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError) as wrong:
        list(comma(path).rows())
    assert told in str(wrong.value)
    assert str(path) in str(wrong.value)
