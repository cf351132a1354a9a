"""Labelled completions: every shape of line that people have, and what is said of the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.recipes import write_jsonl

from winnow.steps.errors import MissingError, UsageError
from winnow.steps.verify.labelled import Fields, Labelled, read_labelled


def read(path: Path, row: Any, **fields: Any) -> list[tuple[str | None, bool | None]]:
    found = list(read_labelled(str(write_jsonl(path / "in.jsonl", [row])), Fields(**fields)))
    return [(one.completion, one.right) for one in found]


def test_a_line_of_our_own_shape(tmp_path: Path) -> None:
    path = write_jsonl(
        tmp_path / "in.jsonl", [{"reference": {"answer": 4}, "completion": "4", "label": True}]
    )
    assert list(read_labelled(str(path), Fields())) == [Labelled(f"{path}, line 1", {"answer": 4}, "4", True)]


@pytest.mark.parametrize("label", [True, 1, 1.0, "pass", "Correct", "true", " 1 "])
def test_labels_that_say_right(tmp_path: Path, label: Any) -> None:
    assert read(tmp_path, {"reference": {}, "completion": "a", "label": label}) == [("a", True)]


@pytest.mark.parametrize("label", [False, 0, 0.0, "fail", "INCORRECT", "no"])
def test_labels_that_say_wrong(tmp_path: Path, label: Any) -> None:
    assert read(tmp_path, {"reference": {}, "completion": "a", "label": label}) == [("a", False)]


def test_lists_go_together(tmp_path: Path) -> None:
    row = {"gt": "4", "code": ["a", "b"], "score": [True, False]}
    fields = {"reference": {"answer": "gt"}, "completions": ["code"], "labels": ["score"]}
    assert read(tmp_path, row, **fields) == [("a", True), ("b", False)]


def test_several_fields_go_together(tmp_path: Path) -> None:
    row = {"reference": {}, "m": {"text": "a", "ok": True}, "n": {"text": "b", "ok": False}}
    fields = {"completions": ["m.text", "n.text"], "labels": ["m.ok", "n.ok"]}
    assert read(tmp_path, row, **fields) == [("a", True), ("b", False)]


def test_a_line_may_be_a_reference_alone(tmp_path: Path) -> None:
    assert read(tmp_path, {"answer": "4", "level": 2}, reference={"answer": "answer"}) == [(None, None)]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ([1], "expected a JSON object, found a list"),
        (
            {"reference": 4, "completion": "a", "label": True},
            "expected an object in 'reference', found a number",
        ),
        ({"completion": "a", "label": True}, "expected a field 'reference'"),
        ({"reference": {}, "completion": "a"}, "expected a field 'label'"),
        (
            {"reference": {}, "completion": 5, "label": True},
            "expected text in 'completion', found a number: 5",
        ),
        ({"reference": {}, "completion": "a", "label": "maybe"}, "'label', found 'maybe'"),
        ({"reference": {}, "completion": "a", "label": 0.5}, "'label', found '0.5'"),
        ({"reference": {}, "completion": ["a", "b"], "label": [1]}, "each of 2 completions, found 1 labels"),
        ({"reference": {}, "completion": ["a", "b"], "label": 1}, "found a number as label"),
    ],
)
def test_what_is_wrong_with_a_line_is_told_with_its_place(tmp_path: Path, row: Any, told: str) -> None:
    with pytest.raises(UsageError) as wrong:
        read(tmp_path, row)
    assert "in.jsonl, line 1: " in str(wrong.value)
    assert told in str(wrong.value)


def test_what_cannot_be_read_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        list(read_labelled(str(tmp_path / "none.jsonl"), Fields()))
    with pytest.raises(UsageError, match="a --label for each --completion"):
        Fields(completions=["a", "b"])
