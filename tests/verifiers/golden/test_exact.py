"""`exact`: the completion is the answer."""

from __future__ import annotations

import pytest

from winnow.verifiers import SpecError, Status, load


@pytest.mark.parametrize(
    ("spec", "answer", "completion"),
    [
        ({}, "Paris", "Paris"),
        ({}, "Paris", "  Paris\n"),
        ({}, " Paris ", "Paris"),
        ({}, ["Paris", "paris"], "paris"),
        ({}, "a  b", "a  b"),
        ({}, "", "  "),
        ({}, "naïve 日本", "naïve 日本"),
        ({"ignore_case": True}, "STRASSE", "straße"),
        ({"collapse_blanks": True}, "a b", " a\n\t b "),
        ({"collapse_blanks": True, "ignore_case": True}, ["x", "A b"], "a  B"),
    ],
)
def test_pass(spec: dict[str, object], answer: object, completion: str) -> None:
    verdict = load({"type": "exact", **spec})({"answer": answer}, completion)
    assert (verdict.status, verdict.score) == (Status.PASS, 1.0)
    assert verdict.extracted == completion.strip()


@pytest.mark.parametrize(
    ("spec", "answer", "completion", "reason"),
    [
        ({}, "Paris", "paris", "not 'Paris'"),
        ({}, "Paris", "Paris.", "not 'Paris'"),
        ({}, "a b", "a  b", "not 'a b'"),
        ({}, ["a", "b"], "c", "not 'a' or 'b'"),
        ({}, ["a", "b", "c", "d"], "e", "not 'a' or 'b' or 'c' or ..."),
        ({}, "Paris", "", "empty completion"),
        ({}, "Paris", "\u2003\n", "empty completion"),
        ({}, "Paris", "Paris\0", "not 'Paris'"),
        ({}, "Paris", "P\u202earis", "not 'Paris'"),
        ({"ignore_case": True}, "Paris", "London", "not 'Paris'"),
    ],
)
def test_fail(spec: dict[str, object], answer: object, completion: str, reason: str) -> None:
    verdict = load({"type": "exact", **spec})({"answer": answer}, completion)
    assert (verdict.status, verdict.score, verdict.reason) == (Status.FAIL, 0.0, reason)


@pytest.mark.parametrize(
    "reference", [{}, {"answer": 42}, {"answer": []}, {"answer": ["a", 1]}, {"answer": None}]
)
def test_error(reference: dict[str, object]) -> None:
    verdict = load("exact")(reference, "42")
    assert (verdict.status, verdict.score) == (Status.ERROR, None)
    assert "answer" in verdict.reason


def test_the_recipe_may_give_the_answer() -> None:
    judge = load({"type": "exact", "answer": "yes"})
    assert judge({}, "yes").status is Status.PASS
    assert judge({"answer": "no"}, "yes").status is Status.PASS
    with pytest.raises(SpecError, match="empty list"):
        load({"type": "exact", "answer": []})
