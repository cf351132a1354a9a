"""Fields and values of rows."""

from __future__ import annotations

import datetime
import decimal
import json
import uuid
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.steps.source.values import RowError, json_value, listed, lookup, shown

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=10,
)


@given(plain)
def test_json_stays_what_it_is(value: Any) -> None:
    assert json_value(value) == value


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (np.int64(7), 7),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.array(["a", None], dtype=object), ["a", None]),
        (np.datetime64("2024-05-01"), "2024-05-01"),
        (datetime.datetime(2024, 5, 1, 12, 30), "2024-05-01T12:30:00"),
        (datetime.date(2024, 5, 1), "2024-05-01"),
        (decimal.Decimal("0.10"), "0.10"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ("é".encode(), "é"),
        (float("nan"), None),
        ([float("inf"), 1.0], [None, 1.0]),
        ((1, 2), [1, 2]),
        ({1: "a"}, {"1": "a"}),
        ("a\ud800b", "a\ufffdb"),
        ({"\udfff": 1}, {"\ufffd": 1}),
    ],
)
def test_other_values_become_json(value: Any, told: Any) -> None:
    found = json_value(value)
    assert found == told
    assert type(found) is type(told)
    json.dumps(found).encode()


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(RowError, match="not UTF-8 at byte 1"):
        json_value(b"a\xff")


def test_a_field_may_be_dotted() -> None:
    row = {"a": {"b": {"c": 1}}, "a.b": 2}
    assert lookup(row, "a.b") == 2
    assert lookup(row, "a.b.c") == 1


@pytest.mark.parametrize(
    ("field", "told"),
    [
        (
            "qestion",
            "expected a field 'qestion', found the fields question, answer; did you mean 'question'?",
        ),
        (
            "answer.valu",
            "expected a field 'valu' inside 'answer', found the fields value; did you mean 'value'?",
        ),
        ("question.x", "expected a field 'x' inside 'question', found a string"),
    ],
)
def test_a_missing_field_names_those_there_are(field: str, told: str) -> None:
    with pytest.raises(RowError) as wrong:
        lookup({"question": "q", "answer": {"value": 1}}, field)
    assert str(wrong.value) == told


@given(st.text(st.characters(exclude_categories=())))
def test_what_is_shown_is_one_short_printable_line(text: str) -> None:
    told = shown(text)
    assert len(told) <= 63
    assert told.isprintable()
    assert listed([text]).isprintable()
