"""YAML that remembers its lines, and refuses what is ambiguous."""

from __future__ import annotations

from pathlib import Path

import pytest

from winnow.pipelines.document import parse_document, read_document
from winnow.steps.errors import UsageError

TEXT = """\
name: x
source:
  type: inline
  rows:
    - {q: one}
    - {q: two}
"""


def test_every_key_has_its_line() -> None:
    document = parse_document(TEXT, "r.yaml")
    assert document.data["source"]["rows"][1] == {"q": "two"}
    assert document.where(("source", "rows", 1, "q")) == "r.yaml:6"
    assert document.where(("source", "type")) == "r.yaml:3"
    assert document.where(("source", "nowhere", "deep")) == "r.yaml:2"
    assert document.where(("nowhere",)) == "r.yaml:1"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1, 2", r"r\.yaml:1: this is not YAML"),
        ("a:\n\t- b", r"r\.yaml:2: this is not YAML"),
        ("- a\n- b", "a mapping of keys"),
        ("", "a mapping of keys"),
        ("just words", "a mapping of keys"),
        ("a: 1\nb: 2\na: 3", r"r\.yaml:3: the key 'a' stands twice"),
        ("a: 1\non: 2", r"r\.yaml:2: the key True is not a string .*quote it"),
        ("a: !!python/object/apply:os.system ['true']", "could not determine a constructor"),
        ("a: !!python/name:os.system x", "could not determine a constructor"),
        ("a: \x00", "this is not YAML"),
    ],
)
def test_what_is_refused(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        parse_document(text, "r.yaml")


def test_merge_keys_give_defaults() -> None:
    told = parse_document(
        "a: &a {x: 1, y: 1}\nb: &b {y: 2}\nc: {<<: [*b, *a], z: 3}\nd: {<<: *a, x: 9}", "r.yaml"
    ).data
    assert told["c"] == {"x": 1, "y": 2, "z": 3}
    assert told["d"] == {"x": 9, "y": 1}


def test_a_file_that_unfolds_without_end_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]" for at in range(1, 9)]
    with pytest.raises(UsageError, match="use fewer aliases"):
        parse_document("\n".join(lines), "r.yaml")


def test_files_that_are_not_there_or_no_text(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("a: 1")
    with pytest.raises(UsageError, match=r"no recipe at .*x\.yaml: .*has other\.yaml"):
        read_document(tmp_path / "x.yaml")
    with pytest.raises(UsageError, match="is a folder"):
        read_document(tmp_path)
    (tmp_path / "bytes.yaml").write_bytes(b"name: \xff\xfe")
    with pytest.raises(UsageError, match="not UTF-8 text: byte 6"):
        read_document(tmp_path / "bytes.yaml")


@pytest.mark.parametrize("text", ["a: " + "[" * 2000 + "]" * 2000, "name: &a [*a]\n", "a: &a {b: *a}\n"])
def test_what_has_no_end_is_told(text: str) -> None:
    with pytest.raises(UsageError, match=r"recipe\.yaml"):
        parse_document(text, "recipe.yaml")


def test_a_pair_of_halves_is_one_character() -> None:
    assert parse_document('name: "\\ud83d\\ude00"', "recipe.yaml").data == {"name": "\N{GRINNING FACE}"}
