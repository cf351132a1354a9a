"""What a mapping makes of rows, told by rows that stand in the recipe."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from winnow.steps.records import BadRow, Problem
from winnow.steps.source import InlineSource

ROW = {"q": "What is 2 + 2?", "a": "4", "n": 7}


def inline(*rows: Any, **keys: Any) -> InlineSource:
    told = {"type": "inline", "rows": list(rows), "prompt": "q", "reference": {"answer": "a"}, **keys}
    return InlineSource.model_validate({key: value for key, value in told.items() if value is not None})


def only(source: InlineSource) -> Problem | BadRow:
    (row,) = source.rows()
    return row


def test_a_row_becomes_a_problem() -> None:
    problem = only(inline(ROW, id="n", metadata={"level": "n"}))
    assert isinstance(problem, Problem)
    assert problem.source_id == "7"
    assert problem.prompt == ({"role": "user", "content": "What is 2 + 2?"},)
    assert problem.reference == {"answer": "4"}
    assert problem.metadata == {"level": 7}


def test_without_an_id_a_row_is_called_by_its_content() -> None:
    problem, moved = only(inline(ROW)), list(inline({"q": "other", "a": "1"}, ROW).rows())[1]
    assert isinstance(problem, Problem)
    assert problem.source_id == problem.id
    assert problem == moved


def test_a_template_and_messages() -> None:
    asked = only(inline(ROW, prompt=None, template="{{{q}}} Answer:"))
    assert isinstance(asked, Problem)
    assert asked.prompt[0]["content"] == "{What is 2 + 2?} Answer:"
    chat = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
    said = only(inline({"q": chat, "a": 1}, prompt=None, messages="q"))
    assert isinstance(said, Problem)
    assert list(said.prompt) == chat


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"prompt": None}, "exactly one of prompt, template and messages, found none"),
        ({"messages": "q"}, "found prompt and messages"),
        ({"prompt": None, "template": "none"}, "the template names no field"),
        ({"prompt": None, "template": "{a!r}"}, "is no field"),
        ({"limit": 0}, "greater than or equal to 1"),
        ({"on_bad_row": "ignore"}, "'stop' or 'skip'"),
        ({"promt": "q"}, "Extra inputs are not permitted"),
        ({"rows": []}, "at least 1 item"),
        ({"reference": {"answer": 1}}, "valid string"),
    ],
)
def test_keys_that_cannot_be(keys: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        inline(ROW, **keys)
    assert told in str(wrong.value)


@pytest.mark.parametrize(
    ("row", "keys", "told"),
    [
        ("text", {}, "expected an object, found a string: text"),
        (None, {}, "expected an object, found null"),
        ({"q": "x"}, {}, "expected a field 'a', found the fields q"),
        ({"question": "x", "a": 1}, {"prompt": "qestion"}, "did you mean 'question'?"),
        ({"q": "", "a": 1}, {}, "the prompt is empty"),
        ({"q": None, "a": 1}, {}, "found null"),
        ({"q": 3, "a": 1}, {}, "expected the prompt as a string or a list of messages, found a number: 3"),
        ({"q": [{"role": "user"}], "a": 1}, {}, "message 1: expected 'content' to be a string"),
        ({"q": "", "a": 1}, {"prompt": None, "template": " {q}"}, "the prompt is empty"),
        ({"q": None, "a": 1}, {"prompt": None, "template": "{q}?"}, "the template's field 'q' is null"),
        ({"q": "x", "a": None}, {}, "the reference field 'a' is null"),
        ({"q": "x", "a": float("nan")}, {}, "the reference field 'a' is null"),
        ({"q": "x", "a": 1, "n": True}, {"id": "n"}, "an id that is text or a whole number, found a boolean"),
        ({"q": "x", "a": 1, "n": " "}, {"id": "n"}, "an id that is text or a whole number"),
        ({"q": "x", "a": 1}, {"metadata": {"level": "lvl"}}, "expected a field 'lvl'"),
    ],
)
def test_bad_rows_say_where_and_why(row: Any, keys: dict[str, Any], told: str) -> None:
    bad = only(inline(row, **keys))
    assert isinstance(bad, BadRow)
    assert bad.where == "the inline source, row 1"
    assert told in bad.why


def test_a_value_that_is_nested_without_end() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    bad = only(
        InlineSource.model_construct(
            type="inline", given=[{"q": "x", "a": deep}], prompt="q", reference={"a": "a"}
        )
    )
    assert bad == BadRow("the inline source, row 1", "nested too deeply")


def test_duplicates_name_the_first_row() -> None:
    rows = list(
        inline(
            {"id": "1", "q": "x", "a": 1},
            {"id": 1, "q": "y", "a": 1},
            {"id": "2", "q": "x", "a": 1},
            {"id": "3", "q": "x", "a": 2},
            {"id": "1", "q": "z", "a": 1},
            id="id",
        ).rows()
    )
    assert [isinstance(row, Problem) for row in rows] == [True, False, False, True, False]
    whys = [row.why for row in rows if isinstance(row, BadRow)]
    assert whys[0] == "id '1' stands on row 1 already: make it unique"
    assert whys[1] == "same problem as row 1: equal prompt and reference; leave one out"
    assert whys[2] == whys[0]


def test_a_limit_counts_rows_good_and_bad() -> None:
    source = inline(ROW, "bad", {**ROW, "q": "other"}, limit=2)
    assert [type(row) for row in source.rows()] == [Problem, BadRow]


def test_rows_are_the_same_on_every_call() -> None:
    source = inline(ROW, "bad", ROW)
    assert list(source.rows()) == list(source.rows())


def test_identity_is_what_decides_the_rows() -> None:
    first = inline(ROW, on_bad_row="skip").identity()
    assert first == inline(ROW).identity()
    assert first["rows"] == [ROW]
    assert first != inline(ROW, metadata={"level": "n"}).identity()
    assert first != inline({**ROW, "a": "5"}).identity()
