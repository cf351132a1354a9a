"""Answers without references: taken out in one spelling, and judged by nobody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.verifiers import SpecError, Status, VerifierPool, load
from winnow.verifiers.golden.math.canonical import canonical_answer
from winnow.verifiers.golden.math.judgement import Golden


@pytest.mark.parametrize(
    ("kind", "completion", "extracted"),
    [
        ("math", r"<think>\boxed{7}</think> So \boxed{\frac{2}{4}}.", "1/2"),
        ("math", "The answer is 1,234 dollars.", "1234"),
        ("math", "I do not know.", None),
        ("number", "12, so 7.50", "15/2"),
        ("number", "it is not 7", None),
        ("choice", "Not A. The answer is (C).", "c"),
        ("text", "The answer is **Paris**", "paris"),
        ("text", "", None),
    ],
)
def test_the_answer_is_taken_out(kind: str, completion: str, extracted: str | None) -> None:
    verdict = load({"type": "answer", "kind": kind})({}, completion)
    assert (verdict.status, verdict.score, verdict.extracted) == (Status.SKIP, None, extracted)
    assert verdict.reason


def test_no_reference_is_asked() -> None:
    judge = load({"type": "answer"})
    assert judge({"kind": "choice", "answer": 7}, "It is 4.").extracted == "4"
    assert list(judge.golds({"answer": 7})) == []
    with pytest.raises(SpecError, match="kind"):
        load({"type": "answer", "kind": "poem"})


async def test_it_takes_the_short_way_and_says_the_same() -> None:
    texts = ["It is 0.5.", r"\boxed{1/2}", "no idea at all", "", "x" * 200_000]
    async with VerifierPool({"type": "answer"}, workers=1) as pool:
        verdicts = await pool.judge([({}, text) for text in texts])
    assert verdicts == [load({"type": "answer"})({}, text) for text in texts]


@pytest.mark.parametrize(
    "equal",
    [
        ("0.5", "1/2", r"\frac12", r"$\dfrac{1}{2}$.", "x = 0.50", ".5"),
        ("1,000", "1000", "1000.0", "$1000", "1000 dollars", r"1{,}000"),
        (r"\sqrt{8}", r"2\sqrt{2}"),
        ("x^2 + 1", "1 + x^2", "x²+1"),
        ("(1, 2)", r"\left(1,2\right)"),
        (r"\{1, 2\}", r"\{2, 1\}"),
        ("B", "(B)", r"\text{B}", "b"),
        ("Evelyn", r"\text{Evelyn}", "evelyn"),
    ],
)
def test_equal_answers_are_one_text(equal: tuple[str, ...]) -> None:
    assert len({canonical_answer(one) for one in equal}) == 1


@pytest.mark.parametrize(
    "different",
    [("0.333", "1/3"), ("(1, 2)", "(2, 1)", "1, 2"), ("x", "y"), ("[1, 2)", "[1, 2]"), ("x < 3", "x > 3")],
)
def test_different_answers_are_different_texts(different: tuple[str, ...]) -> None:
    assert len({canonical_answer(one) for one in different}) == len(different)


numbers = st.one_of(
    st.integers(-9999, 9999).map(str),
    st.decimals(-99, 99, places=2).map(str),
    st.tuples(st.integers(-99, 99), st.integers(1, 99)).map("{0[0]}/{0[1]}".format),
    st.tuples(st.integers(0, 99), st.integers(1, 99)).map(r"\frac{{{0[0]}}}{{{0[1]}}}".format),
)


@given(numbers, numbers)
def test_numbers_are_one_text_where_math_says_that_they_are_equal(one: str, other: str) -> None:
    assert (canonical_answer(one) == canonical_answer(other)) is Golden(one, "unit").slow(other)


@given(st.text(max_size=60) | st.text(r"\{}()[],^_/-+=<> 0123456789abcfrqst$%", max_size=40))
def test_any_text_has_a_spelling(text: str) -> None:
    assert isinstance(canonical_answer(text), str)
