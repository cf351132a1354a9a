"""Prompt templates: what is a field, and that rows cannot make one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.steps.source.template import parse
from winnow.steps.source.values import RowError

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
fields = st.text(st.sampled_from("abc_XYZ 09-"), min_size=1, max_size=8).filter(
    lambda name: name == name.strip()
)


@given(st.lists(st.tuples(texts, fields), min_size=1, max_size=4), texts, st.data())
def test_fields_are_replaced_once_and_everything_else_stays(
    parts: list[tuple[str, str]], tail: str, data: st.DataObject
) -> None:
    row = {field: data.draw(texts) for _, field in parts}
    escaped = [(text.replace("{", "{{").replace("}", "}}"), field) for text, field in parts]
    template = "".join(f"{text}{{{field}}}" for text, field in escaped) + tail.replace("{", "{{").replace(
        "}", "}}"
    )
    assert parse(template).fill(row) == "".join(text + row[field] for text, field in parts) + tail


@given(st.text("{}a! .:[]0", max_size=12))
def test_a_template_is_either_refused_or_names_fields(template: str) -> None:
    try:
        parsed = parse(template)
    except ValueError as wrong:
        assert "template" in str(wrong)
    else:
        assert parsed.fields
        assert all(name == name.strip() != "" for name in parsed.fields)


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("no field", "names no field"),
        ("{{escaped}}", "names no field"),
        ("a { b", "lone '{' at character 3"),
        ("{a} }", "lone '}'"),
        ("{}", "is no field"),
        ("{ a}", "is no field"),
        ("{a!r}", "is no field"),
        ("{a:>10}", "is no field"),
        ("{a[0]}", "is no field"),
    ],
)
def test_what_is_no_template(template: str, told: str) -> None:
    with pytest.raises(ValueError, match="template") as wrong:
        parse(template)
    assert told in str(wrong.value)


@pytest.mark.parametrize("name", ["a.__class__", "a.upper", "a.0"])
def test_attributes_are_out_of_reach(name: str) -> None:
    with pytest.raises(RowError, match="expected a field"):
        parse(f"{{{name}}}").fill({"a": "text"})


@pytest.mark.parametrize(
    ("value", "told"),
    [(3, "3"), (2.5, "2.5"), (True, "true"), ({"b": [1, "é"]}, '{"b":[1,"é"]}'), ("{x}", "{x}")],
)
def test_values_that_are_no_text_are_told_as_json(value: Any, told: str) -> None:
    assert parse("{a}").fill({"a": value}) == told


def test_a_null_field_is_a_bad_row() -> None:
    with pytest.raises(RowError, match="'a' is null"):
        parse("{a}").fill({"a": None})
