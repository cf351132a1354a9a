"""JSON Lines, with every way in which a line or a file can be broken."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from winnow.steps.errors import MissingError, UsageError
from winnow.steps.records import BadRow, Problem
from winnow.steps.source import JsonlSource

GOOD = b'{"id": "1", "q": "x", "a": 1}'


def source(path: Path | str, **keys: Any) -> JsonlSource:
    told = {"type": "jsonl", "path": str(path), "prompt": "q", "reference": {"answer": "a"}, **keys}
    return JsonlSource.model_validate(told)


def read(folder: Path, content: bytes, **keys: Any) -> list[Problem | BadRow]:
    (folder / "data.jsonl").write_bytes(content)
    return list(source(folder / "data.jsonl", **keys).rows())


def why(folder: Path, line: bytes) -> str:
    """What is wrong with a line that stands between two good ones, which are read."""
    first, bad, last = read(folder, GOOD + b"\n" + line + b"\n" + GOOD.replace(b"x", b"y"))
    assert isinstance(first, Problem)
    assert isinstance(last, Problem)
    assert isinstance(bad, BadRow)
    assert bad.where == f"{folder / 'data.jsonl'}, line 2"
    return bad.why


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"q": "y", "a": ', 'broken JSON at column 17: Expecting value, near "the line\'s end"'),
        (b"{'q': 1}", "broken JSON at column 2: Expecting property name"),
        (b'{"q": "y"} {"q": "z"}', "broken JSON at column 12: Extra data"),
        (b'{"q": "\xff"}', "invalid UTF-8 at byte 8"),
        (b"[1, 2]", "expected a JSON object, found a list: write the items of a list a line each"),
        (b'"text"', "expected a JSON object, found a string"),
        (b"null", "found null"),
        (b"true", "found a boolean"),
        (b"12345678901234567890", "found a number"),
        (b'{"a": 1}', "expected a field 'q', found the fields a"),
        (b'{"q": "y", "a": NaN}', "the reference field 'a' is null"),
        (b'{"q": "y", "a": ' + b"9" * 5000 + b"}", "broken JSON: Exceeds the limit"),
        (b"[" * 100_000, "broken JSON: maximum recursion depth"),
        (b'{"q": "\x1b[31m', "broken JSON"),
    ],
)
def test_a_broken_line_is_told_and_the_next_one_is_read(tmp_path: Path, line: bytes, told: str) -> None:
    found = why(tmp_path, line)
    assert told in found
    assert found.isprintable()


def test_a_line_without_end_is_not_read_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("winnow.steps.source.jsonl._LONGEST", 100)
    assert "a line of over 100 bytes" in why(tmp_path, b'{"q": "' + b"y" * 500)


def test_blank_lines_and_a_byte_order_mark_are_nothing(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + GOOD + b"\r\n\n  \n" + b'{"q": "z"}' + b"\n\n\n"
    good, bad = read(tmp_path, content)
    assert isinstance(good, Problem)
    assert isinstance(bad, BadRow)
    assert bad.where.endswith("line 4")


def test_numbers_are_kept_to_the_last_digit(tmp_path: Path) -> None:
    numbers = [2**64 + 1, -(2**63) - 1, 10**40, 2**53 + 1]
    rows = read(tmp_path, b"\n".join(b'{"q": "x", "a": %d}' % number for number in numbers))
    assert [row.reference["answer"] for row in rows if isinstance(row, Problem)] == numbers


def test_lone_surrogates_are_cleaned(tmp_path: Path) -> None:
    (row,) = read(tmp_path, b'{"q": "a\\ud800b", "a": ["\\udc00"]}')
    assert isinstance(row, Problem)
    assert row.prompt[0]["content"] == "a\ufffdb"
    assert row.reference == {"answer": ["\ufffd"]}


def test_gzip(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl.gz"
    packed = gzip.compress(
        b"".join(json.dumps({"q": str(at), "a": at}).encode() + b"\n" for at in range(5000))
    )
    path.write_bytes(packed)
    assert sum(isinstance(row, Problem) for row in source(path).rows()) == 5000
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(UsageError, match=r"data\.jsonl\.gz is no sound gzip file"):
        list(source(path).rows())
    path.write_bytes(GOOD)
    with pytest.raises(UsageError, match="no sound gzip file"):
        list(source(path).rows())


def test_it_streams(tmp_path: Path) -> None:
    """Of a pipe of lines the first is there before the last is written."""
    path = tmp_path / "data.jsonl"
    path.write_bytes(GOOD + b"\n")
    with path.open("ab", buffering=0) as growing:
        rows = source(path).rows()
        assert isinstance(next(rows), Problem)
        growing.write(b'{"q": "later", "a": 2}\n')
        later = next(rows)
        assert isinstance(later, Problem)
        assert later.prompt[0]["content"] == "later"


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").touch()
    with pytest.raises(MissingError, match=r"trian\.jsonl is not there; did you mean 'train\.jsonl'\?"):
        next(source(tmp_path / "trian.jsonl").rows())
    with pytest.raises(MissingError, match="nor a name like it"):
        next(source(tmp_path / "x").rows())
    with pytest.raises(MissingError, match="neither is its folder"):
        next(source(tmp_path / "no" / "train.jsonl").rows())
    with pytest.raises(MissingError, match="cannot be reached: File name too long"):
        next(source("x" * 5000).rows())


def test_a_relative_path_says_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MissingError) as wrong:
        next(source("data.jsonl").rows())
    assert str(tmp_path) in str(wrong.value)
    (tmp_path / "data.jsonl").write_bytes(GOOD)
    assert isinstance(next(source("data.jsonl").rows()), Problem)


def test_what_is_no_regular_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder: expected a file"):
        next(source(tmp_path).rows())
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="is no regular file"):
        next(source(tmp_path / "pipe").rows())


def test_a_path_may_name_a_variable_and_never_tells_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data.jsonl").write_bytes(b"{}\n")
    told = source("${env:WINNOW_TEST_DATA}/data.jsonl")
    with pytest.raises(MissingError, match="WINNOW_TEST_DATA, which is not set"):
        next(told.rows())
    monkeypatch.setenv("WINNOW_TEST_DATA", str(tmp_path))
    bad = next(told.rows())
    assert isinstance(bad, BadRow)
    assert bad.where == "${env:WINNOW_TEST_DATA}/data.jsonl, line 1"
    assert told.identity()["path"] == "${env:WINNOW_TEST_DATA}/data.jsonl"


def test_memory_does_not_grow_with_the_size_of_rows(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "data.jsonl"
    with path.open("w") as file:
        for at in range(2000):
            file.write(json.dumps({"q": f"{at} " + "x" * 20_000, "a": at}) + "\n")
    tracemalloc.start()
    count = sum(isinstance(row, Problem) for row in source(path).rows())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 2000
    assert most < 2_000_000  # the file has 40 MB
