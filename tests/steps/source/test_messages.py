"""Prompts: text, messages, and the JSON text of messages."""

from __future__ import annotations

from typing import Any

import pytest

from winnow.steps.source.messages import conversation, prompt_of
from winnow.steps.source.values import RowError

USER = {"role": "user", "content": "hello"}


def test_a_string_is_one_user_message() -> None:
    assert prompt_of("hello") == (USER,)
    assert prompt_of("[1, 2, 3] sorted is?") == ({"role": "user", "content": "[1, 2, 3] sorted is?"},)
    assert prompt_of("[1, 2]") == ({"role": "user", "content": "[1, 2]"},)


def test_messages_come_as_a_list_or_as_its_json() -> None:
    system = {"role": "system", "content": ""}
    assert prompt_of([system, USER]) == (system, USER)
    assert prompt_of('[{"role": "user", "content": "hello"}]') == (USER,)
    assert conversation('[{"role": "user", "content": "hello"}]') == (USER,)


def test_keys_without_a_value_are_nothing() -> None:
    assert conversation([{**USER, "name": None, "tool_calls": None}]) == (USER,)


@pytest.mark.parametrize("value", ["", " \n", None, 7, {"role": "user"}, True])
def test_what_is_no_prompt(value: Any) -> None:
    with pytest.raises(RowError, match="prompt"):
        prompt_of(value)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ([], "is empty"),
        ("hello", "expected a list of messages"),
        ({"role": "user", "content": "x"}, "found an object"),
        (["hello"], "message 1: expected an object with role and content, found a string"),
        ([{"content": "x"}], "message 1: expected 'role' to be a string, found the keys content"),
        ([{"role": "user", "content": [{"type": "text"}]}], "'content' to be a string, found a list"),
        ([{"role": "user", "content": None}], "'content' to be a string, found null"),
        ([{"role": "human", "content": "x"}], "expected a role of system, developer, user, assistant"),
        ([{**USER, "name": "x"}], "found also name"),
        ([USER, {"role": "assistant", "content": "x"}], "found the assistant's: leave an answer out"),
        ([{"role": "user", "content": " "}], "the prompt is empty"),
    ],
)
def test_messages_of_a_wrong_shape(value: Any, told: str) -> None:
    with pytest.raises(RowError) as wrong:
        conversation(value)
    assert told in str(wrong.value)
