"""Keys and texts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from winnow.steps.records import Candidate, Choice, Problem, canonical, clean_text, key_of, messages_of

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda below: st.lists(below) | st.dictionaries(st.text(), below),
    max_leaves=20,
)


def test_a_problem_is_its_prompt_and_reference() -> None:
    one = Problem("a", messages_of("hi"), {"x": 1, "y": [2]}, {"family": "f"})
    assert one.id == Problem("b", messages_of("hi"), {"y": [2], "x": 1}).id
    assert one.id != Problem("a", messages_of("ho"), {"x": 1, "y": [2]}).id
    assert one.id != Problem("a", messages_of("hi"), {"x": 1}).id
    assert len(one.id) == 32


def test_duplicates_differ_in_white_space_at_the_ends_alone() -> None:
    digests = [Candidate("i", 0, Choice(text)).digest for text in ("a b", " a b\n", "a  b")]
    assert digests[0] == digests[1] != digests[2]


@given(json_values)
def test_canonical_survives_any_json(value: object) -> None:
    assert canonical({"v": value}) == canonical({"v": value})
    canonical(value).encode("utf-8", "surrogatepass")


@given(st.text(st.characters(exclude_categories=())))
def test_clean_text_can_be_written(text: str) -> None:
    clean = clean_text(text)
    clean.encode()
    assert clean_text(clean) == clean
    key_of(text)
