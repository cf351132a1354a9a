"""What holds of `math` for any answer."""

from __future__ import annotations

import asyncio
import random
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest
import sympy
from hypothesis import example, given, settings
from hypothesis import strategies as st

from winnow.verifiers import Status, Verdict, VerifierPool, load
from winnow.verifiers.golden.math.extraction import extract
from winnow.verifiers.golden.math.judgement import Golden
from winnow.verifiers.golden.math.symbolic import _expressions_differ

ATOMS = st.sampled_from(["1", "2", "10", "x", "y", r"\pi", "0.5", r"\sqrt{2}", "i", "e", "n"])


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"\\frac{{{pair[0]}}}{{{pair[1]}}}"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) + ({pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) - ({pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) \\cdot ({pair[1]})"),
        inner.map(lambda one: f"({one})^{{2}}"),
        inner.map(lambda one: f"\\sqrt{{{one}}}"),
        inner.map(lambda one: f"-({one})"),
        inner.map(lambda one: f"\\sin({one})"),
    )


EXPRESSIONS = st.recursive(ATOMS, _larger, max_leaves=6)
ANSWERS = st.one_of(
    EXPRESSIONS,
    st.lists(EXPRESSIONS, min_size=2, max_size=3).map(", ".join),
    st.lists(EXPRESSIONS, min_size=2, max_size=3).map(lambda items: f"({', '.join(items)})"),
    st.lists(EXPRESSIONS, min_size=1, max_size=3).map(lambda items: f"\\{{{', '.join(items)}\\}}"),
    st.integers(-(10**9), 10**9).map(str),
    st.decimals(-1000, 1000, places=3).map(str),
    EXPRESSIONS.map(lambda one: f"x = {one}"),
    st.sampled_from(
        [r"\text{Evelyn}", r"\text{(C)}", "yes", r"(-\infty, 2] \cup (3, \infty)", "50%", "90^\\circ"]
    ),
)
BLANKS = st.text(" \n\t\u00a0", max_size=4)
ANY = st.one_of(ANSWERS, st.text(max_size=40), st.text("\\{}()[]^_$,.-+/!|0123456789xabcfrt", max_size=30))


@settings(max_examples=150, deadline=None)
@given(ANSWERS)
def test_an_answer_equals_itself_wherever_it_stands(answer: str) -> None:
    judge = load("math")
    for told in (
        answer,
        f"\\boxed{{{answer}}}",
        f"First 3. The answer is ${answer}$.",
        f"3 + 3\n#### {answer}",
    ):
        assert extract(told) == answer, told
        assert judge({"answer": answer}, told).status is Status.PASS, told


@settings(max_examples=100, deadline=None)
@given(ANSWERS, ANY, BLANKS, BLANKS)
def test_white_space_around_is_nothing(gold: str, found: str, before: str, behind: str) -> None:
    judge = load("math")
    plain = judge({"answer": gold}, f"\\boxed{{{found.strip()}}}")
    assert (
        judge({"answer": gold}, f"{before}\\boxed{{{before}{found.strip()}{behind}}}{behind}").status
        is plain.status
    )
    assert judge({"answer": before + gold + behind}, f"\\boxed{{{found.strip()}}}").status is plain.status


@settings(max_examples=150, deadline=None)
@given(ANSWERS, ANY)
def test_any_text_gets_a_verdict_and_the_fast_path_knows_no_other(gold: str, found: str) -> None:
    reference = Golden(gold, "unit")
    told = reference.fast(found)
    assert told is None or reference.slow(found) is told
    verdict = load("math")({"answer": gold}, found)
    assert verdict.status in (Status.PASS, Status.FAIL), verdict
    assert verdict == load("math")({"answer": gold}, found)


@settings(max_examples=150, deadline=None)
@given(EXPRESSIONS, EXPRESSIONS)
def test_equality_is_symmetric(one: str, other: str) -> None:
    forth, back = Golden(one, "unit").fast(other), Golden(other, "unit").fast(one)
    assert forth is back or (forth is None and back is None)


@settings(max_examples=100, deadline=None)
@given(EXPRESSIONS, st.fractions(min_value=Fraction(1, 10**12), max_value=1))
@example(r"\sin(\sin(10i))", Fraction(1, 10**12))  # next to nothing beside a number of 4,783 digits
def test_a_little_more_is_another_answer(answer: str, more: Fraction) -> None:
    told = f"({answer}) + \\frac{{{more.numerator}}}{{{more.denominator}}}"
    reference = Golden(answer, "unit")
    assert not reference.slow(told)


def test_what_math_verify_says_is_refuted_by_values_alone() -> None:
    x, y = sympy.symbols("x y")
    for one, other, differ in [
        ((x + y) ** 3, sympy.expand((x + y) ** 3), False),
        (sympy.sin(2 * x), 2 * sympy.sin(x) * sympy.cos(x), False),
        (sympy.exp(200) + x, sympy.exp(200) + x + sympy.Rational(1, 10**30), True),
        (sympy.sqrt(x**2), x, True),
        (sympy.exp(99) / 2, sympy.exp(98) / 2, True),
    ]:
        assert _expressions_differ(one, other) is differ, (one, other)


@settings(max_examples=100, deadline=None)
@given(st.fractions(), st.integers(1, 1000))
def test_a_fraction_is_itself_in_any_terms(value: Fraction, times: int) -> None:
    judge = load("math")
    above, below = value.numerator * times, value.denominator * times
    for told in (f"\\frac{{{above}}}{{{below}}}", f"{above}/{below}", f"\\dfrac{{{-above}}}{{{-below}}}"):
        assert judge({"answer": str(value)}, f"\\boxed{{{told}}}").status is Status.PASS
        assert judge({"answer": str(value + 1)}, f"\\boxed{{{told}}}").status is Status.FAIL


@pytest.fixture(scope="module")
def items() -> list[tuple[dict[str, str], str]]:
    """Answers of every kind, each beside some that are right and some that are wrong."""
    answers = [
        r"\frac{1}{2}", "0.5", r"\sqrt{8}", r"2\sqrt{2}", "1,2", "2,1", "(1,2)", "x=5", "5", r"\cot x",
        r"\frac{\cos x}{\sin x}", r"\text{(C)}", "C", "50%", "1/2x", r"\frac{1}{2x}", "9**9**9**9", "",
    ]  # fmt: skip
    return [({"answer": gold}, f"\\boxed{{{found}}}") for gold in answers if gold for found in answers]


def test_order_and_threads_and_processes_change_no_verdict(items: list[tuple[dict[str, str], str]]) -> None:
    judge = load("math")
    plain = [judge(*item) for item in items]
    order = list(range(len(items)))
    random.Random(3).shuffle(order)

    async def pooled() -> list[Verdict]:
        async with VerifierPool("math", workers=2, deadline=60) as pool:
            return await pool.judge([items[place] for place in order])

    assert asyncio.run(pooled()) == [plain[place] for place in order]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda place: judge(*items[place]), order)) == [
            plain[place] for place in order
        ]
