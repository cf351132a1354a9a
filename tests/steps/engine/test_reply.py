"""Replies are read without trust."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.steps.engine.failures import Passing
from winnow.steps.engine.reply import read

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def reply(*choices: object, **more: object) -> bytes:
    return json.dumps({"choices": choices, **more}).encode()


def message(text: object, **more: object) -> dict[str, object]:
    return {"message": {"content": text}, **more}


def test_choices_are_put_in_order():
    found = read(reply(message("b", index=1), message("a", index=0)))
    assert [said.text for said in found.said] == ["a", "b"]


@pytest.mark.parametrize("indices", [(0, 0), (None, 1), ("1", "0"), (True, False)])
def test_odd_indices_leave_them_as_they_came(indices):
    first, second = indices
    found = read(reply(message("b", index=first), message("a", index=second)))
    assert [said.text for said in found.said] == ["b", "a"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b"1" * 10_000,
        reply(),
        reply(None),
        reply({}),
        reply({"message": None}),
        reply(message(7)),
        reply(message([{"type": "text", "text": "a"}])),
        json.dumps({"choices": {"0": message("a")}}).encode(),
        json.dumps({"error": {"message": "upstream"}}).encode(),
    ],
)
def test_garbage_is_told_from_answers(body):
    with pytest.raises(Passing):
        read(body)


def test_an_error_with_status_200_is_quoted():
    with pytest.raises(Passing, match="upstream is gone"):
        read(b'{"error": {"message": "upstream is gone"}}')


@pytest.mark.parametrize("count", [-1, 1.5, "7", True, None, 10**30, [1]])
def test_a_count_that_is_none_is_left_out(count):
    found = read(reply(message("a"), usage={"completion_tokens": count, "prompt_tokens": count}))
    assert (found.completion_tokens, found.prompt_tokens) == (None, None)


def test_log_probabilities_that_are_no_numbers_have_no_sum():
    tokens = [{"logprob": -1.0}, {"logprob": "x"}]
    (said,) = read(reply(message("a", logprobs={"content": tokens}))).said
    assert (said.tokens, said.logprob) == (2, None)


@pytest.mark.parametrize(
    ("logprobs", "told"),
    [
        ({"tokens": ["a", "b"], "token_logprobs": [-1.0, -0.5]}, (2, -1.5)),
        ({"token_logprobs": [None, -0.5]}, (2, None)),  # of a prompt that was echoed
        ({"token_logprobs": [10**400, -0.5]}, (2, None)),
        ({"content": [{"logprob": -3}]}, (1, -3.0)),
        (None, (None, None)),
    ],
)
def test_a_plain_text_is_read_as_well(logprobs, told):
    (said,) = read(reply({"text": "and so on", "finish_reason": "length", "logprobs": logprobs})).said
    assert (said.text, said.finish_reason, said.reasoning) == ("and so on", "length", None)
    assert (said.tokens, said.logprob) == told


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning"])
def test_what_was_thought_is_kept_apart(key):
    (said,) = read(reply({"message": {"content": "It is 4.", key: "2 + 2"}})).said
    assert (said.text, said.reasoning) == ("It is 4.", "2 + 2")


@given(anything)
def test_whatever_a_choice_holds_it_is_read_or_refused(value):
    for body in (
        reply(value),
        reply({"message": value}),
        reply(message("a", finish_reason=value, logprobs=value, index=value), usage=value),
        reply(message(value), usage={"completion_tokens": value}),
        reply(message("a", logprobs={"content": value})),
        reply({"text": value}),
        reply({"text": "a", "logprobs": {"token_logprobs": value}}),
    ):
        try:
            found = read(body)
        except Passing:
            continue
        for said in found.said:
            said.text.encode()
            assert isinstance(said.finish_reason, str) and said.finish_reason.isprintable()


@given(st.binary(max_size=200))
def test_whatever_bytes_come_they_are_read_or_refused(body):
    try:
        read(body)
    except Passing as refused:
        assert str(refused).isprintable()
