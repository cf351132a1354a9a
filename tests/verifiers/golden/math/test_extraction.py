r"""Where an answer is found in a completion, and what is no answer."""

from __future__ import annotations

from typing import Any

import pytest

from winnow.verifiers import SpecError, Status, load
from winnow.verifiers.golden.math.extraction import extract


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        # boxes
        (r"so \boxed{42}", "42"),
        (r"\boxed{1}, or rather \boxed{2}", "2"),
        (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\fbox{7}.", "7"),
        (r"\boxed {7}", "7"),
        (r"\boxed 7", "7"),
        (r"\boxed{\{1, 2\}}", r"\{1, 2\}"),
        (r"\boxed{\text{a } \boxed{b}}", r"\text{a } \boxed{b}"),
        (r"\boxed{1} and 2 and the answer is 3", "1"),
        (r"\boxed{1} and \boxed{", "1"),
        (r"first 1, then \boxed{4", None),
        ("a boxed set of 12", "12"),
        # stated
        ("Therefore, x = 5.", "x = 5."),
        ("So, we have 5 apples", "5"),
        # denied
        ("The answer is not 7.", None),
        ("The answer is definitely not $7$.", None),
        ("It isn't 7", None),
        (r"so $x \neq 7$", r"x \neq 7"),
        ("The answer is 7, not 8.", "7"),
        ("It is not 6 but 7.", "7"),
        # stated
        ("It is 3.\n#### 42", "42"),
        ("#### 42\n", "42"),
        ("The answer is 42.", "42"),
        ("the answer is: 42", "42"),
        ("The final answer is $x = 5$.", "x = 5"),
        ("Final answer: (1, 2)", "(1, 2)"),
        ("**Final Answer:** 42", "42"),
        ("**Answer**: 42", "42"),
        ("**Answer:**\n\n42", "42"),
        ("ANSWER: 42", "42"),
        ("Answer = 3/4", "3/4"),
        (r"The answer is \(\frac{1}{2}\), since 3 > 2.", r"\frac{1}{2}"),
        ("The answer is 7 apples.", "7 apples"),
        ("The answer is $1,234.50.", "1,234.50"),
        ("The answer is yes.", "yes"),
        ("The answer is (C).", "(C)"),
        ("The answer is option B.", "B"),
        ("The answer is therefore 12.", "12"),
        ("The answer to the question is 12.", "12"),
        ("The answer is 3. No, the answer is 4.", "4"),
        ("The answer is that she has 5 apples left.", "5"),
        ("She makes 18 dollars.\nA: 18", "18"),
        ("A: 1/5", "1/5"),
        ("A: -1.8 billion", "-1.8 billion"),
        ("Answers: 1, 2", "1, 2"),
        ("The answer is 42. The answer is not 43.", "42"),
        ("A: 5\nB: 6\nC: 7\nIt must be 6, for good reasons.", "6"),
        ("The answer is 42\n\nIt was a pleasure, all 7 times.", "42"),
        # bare
        ("42", "42"),
        (r"\frac{3}{56}", r"\frac{3}{56}"),
        ("3, 5, 7", "3, 5, 7"),
        ("y = 2x + 3", "y = 2x + 3"),
        (r"\text{Evelyn}", r"\text{Evelyn}"),
        ("  42  \n", "42"),
        # last
        ("6 x 7 is 42, as is well known.", "42"),
        ("we get $x = 5$ at last", "x = 5"),
        (r"we get \(x = 5\) for all of them", "x = 5"),
        ("$x = 5$ and then there are 12 of them", "12"),
        ("it costs $5 and she has $18 left", "$18"),
        ("Nobody knows.", None),
        ("", None),
        (" \n", None),
    ],
)
def test_extract(text: str, answer: str | None) -> None:
    assert extract(text) == answer


@pytest.mark.parametrize(
    ("thinking", "completion", "status"),
    [
        (None, r"<think>\boxed{7}</think>It is \boxed{8}", "fail"),
        (None, r"<think>\boxed{8}</think>It is \boxed{7}", "pass"),
        (None, r"<think>\boxed{7}</think>", "fail"),
        (None, r"<think>so it is \boxed{7}", "fail"),
        (None, r"so it is \boxed{8}</think>\boxed{7}", "pass"),
        (None, r"<Reasoning>\boxed{8}</Reasoning> 7", "pass"),
        (["pondering"], r"<pondering>\boxed{7}</pondering>It is 8.", "fail"),
        (["pondering"], r"<think>8</think>It is 7.", "pass"),
        ([], r"<think>\boxed{7}</think>", "pass"),
        (None, "<<3+4=7>>7\n#### 7", "pass"),
    ],
)
def test_a_thought_is_no_answer(thinking: list[str] | None, completion: str, status: str) -> None:
    assert load({"type": "math", "thinking": thinking})({"answer": 7}, completion).status == status


@pytest.mark.parametrize(
    ("answer", "completion"),
    [
        ("Natalia sold 48/2 = 24 clips.\n#### 72", "It is 72."),
        (r"We see that the result is $\boxed{\frac{1}{2}}$.", r"\boxed{0.5}"),
    ],
)
def test_a_reference_may_be_a_whole_solution(answer: str, completion: str) -> None:
    assert load("math")({"answer": answer}, completion).status is Status.PASS


@pytest.mark.parametrize("answer", ["", "  ", [], ["1", ""], float("nan"), "\\boxed{", None, {"a": 1}, True])
def test_a_reference_that_is_no_answer_is_our_trouble(answer: Any) -> None:
    verdict = load("math")({"answer": answer}, "42")
    assert verdict.status is Status.ERROR
    assert "answer" in verdict.reason


def test_what_a_verdict_tells() -> None:
    verdict = load("math")({"answer": ["42", "43"]}, r"\boxed{41}")
    assert (verdict.reason, verdict.extracted, verdict.score) == ("41 is not 42 or 43", "41", 0.0)
    assert load("math")({"answer": 1}, "  ").reason == "empty completion"
    assert load("math")({"answer": 1}, "No idea.").reason == "no answer"
    with pytest.raises(SpecError, match="percent"):
        load({"type": "math", "percent": "some"})
