"""A number that is part of a value is not the value, for `math` as for `number`."""

import pytest

from winnow.verifiers import load


@pytest.mark.parametrize("name", ["math", "number"])
@pytest.mark.parametrize(
    "completion",
    [
        "It is 42 million.",
        "The answer is 42 million.",
        "So √42",
        "It is 41-42",
        "42π in all",
        "It costs 42k.",
    ],
)
def test_a_part_is_not_the_whole(name: str, completion: str) -> None:
    assert load(name)({"answer": "42"}, completion).status == "fail"


@pytest.mark.parametrize("name", ["math", "number"])
@pytest.mark.parametrize("completion", ["It is 42!", "It is 42 metres.", "50 - 8 = 42", "It weighs 42 kg."])
def test_what_stands_beside_it_is_no_part(name: str, completion: str) -> None:
    assert load(name)({"answer": "42"}, completion).status == "pass"


@pytest.mark.parametrize("name", ["math", "number"])
@pytest.mark.parametrize(
    "completion",
    ["It is less than 42.", "either 41 or 42", "It is at most 42.", "It lies between 40 and 42", "41 or 42"],
)
def test_a_bound_or_a_choice_is_no_answer(name: str, completion: str) -> None:
    assert load(name)({"answer": "42"}, completion).status == "fail"
