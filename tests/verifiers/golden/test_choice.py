"""`choice`: every way in which a letter is given, and those in which none is."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.verifiers import SpecError, Status, load

CHOICES = ["Lyon", "Marseille", "Paris", "Nice"]


def extracted(completion: str, **reference: Any) -> str | None:
    return load("choice")({"answer": "C", **reference}, completion).extracted


@pytest.mark.parametrize(
    "completion",
    [
        "C",
        "c",
        "(C)",
        "(c)",
        "C.",
        "C)",
        "**C**",
        "**(C)**",
        '"C"',
        "C. Paris",
        "C) Paris",
        "(C) Paris",
        "**C.** Paris",
        "C: Paris",
        "C. Paris\n\nIt is the capital.",
        "The answer is C",
        "The answer is C.",
        "The answer is (C).",
        "The answer is (c).",
        "The answer is **C**.",
        "The answer is: C",
        "The answer is C because it is the capital.",
        "The answer is C, since A is in the south.",
        "The answer is option C.",
        "The answer is **option (C)**.",
        "The answer is C. Paris",
        "The answer is C) Paris",
        "The answer is Paris (C).",
        "The correct answer is C.",
        "The correct answer is: **C) Paris**",
        "the best answer would be C",
        "ANSWER: C",
        "Answer: C",
        "answer: c",
        "Answer: (C)",
        "**Answer:** C",
        "**Answer: C**",
        "### Answer\nThe answer is\nC",
        "Final answer: C",
        "Final Answer: \\boxed{C}",
        "\\boxed{C}",
        "$\\boxed{C}$",
        "\\boxed{\\text{C}}",
        "\\boxed{\\textbf{(C)}}",
        "\\boxed{\\mathrm{C}}",
        "\\boxed{(C)}",
        "\\boxed{C. Paris}",
        "The answer is $C$.",
        "The answer is $\\text{C}$.",
        "The correct option is C.",
        "The correct choice is (C).",
        "Choice: C",
        "My choice is C",
        "I choose C.",
        "I would pick option C.",
        "I'd go with (C), I think.",
        "Option C is correct.",
        "(C) is correct.",
        "(c) is the right one.",
        "C is the correct answer.",
        "So only C is true.",
        "A is wrong, B is wrong.\nTherefore, C.",
        "Thus it must be C",
        "It's C.",
        "The answer is A. Wait, that is Lyon. The answer is C.",
        "A) Lyon is too small. B) Marseille is a port. The answer is C.",
        "A) Lyon\nB) Marseille\nC) Paris\n\nAnswer: C",
        "The answer is not A. The answer is C.",
        "First option A is correct, or so it seems; no, option C is correct.",
        "Let me see.\n\nC",
        "<think>The answer is A.</think>The answer is C.",
        "\x1b[1mC\x1b[0m",
        "The answer is  C",
        "<answer>C</answer>",
        "The answer is definitely C.",
        "The answer is (C) x = B",
        "I think so. <answer> (C) Paris </answer>",
        "$C$.",
        "... C",
        "Let me think... C",
        "The answer is C, not D.",
        "The answer is C rather than D.",
        "The answer is C. A is too small and B is a port.",
        "The answer is C.\n\nWhy:\nA) Lyon: this is wrong.\nB) Marseille: incorrect.\nD) Rome is in Italy.",
        "Not A, so the answer is C.",
        "B is not right, so the answer is C.",
        "I choose C, because D is in Italy.",
        "The answer is C. Vitamin D is in fish.",
        "Answer: C. Paris. The others (A, B, D) are no capitals.",
        "The answer is A. Wait, no.\n\nC",
    ],
)
def test_the_letter_is_found(completion: str) -> None:
    verdict = load("choice")({"answer": "C"}, completion)
    assert (verdict.status, verdict.extracted) == (Status.PASS, "C")


@pytest.mark.parametrize(
    ("completion", "found"),
    [
        ("The answer is B or C.", "B or C"),
        ("The answer is C or D.", "C or D"),
        ("The answer is (C) and (D).", "(C) and (D)"),
        ("Answer: C, D", "C, D"),
        ("Answer: A/C", "A/C"),
        ("\\boxed{B, C}", "B, C"),
        ("\\boxed{C D}", "C D"),
        ("The answer is C; D", "C; D"),
        ("The answer is C (or D)", "C (or D"),
        ("The answer is C, possibly D", "C, possibly D"),
        ("The answer is C, but also D", "C, but also D"),
        ("The answer is C as well as D", "C as well as D"),
        ("The answer is C + D", "C + D"),
        ("The answer is C (not sure, maybe D).", "C (not sure, maybe D"),
        ("The answer is C (D).", "C (D)"),
        ("The answer is C or d", "C or d"),
        ("The answer is C; D is also correct.", "D"),
        ("<answer>D</answer> and not C", "D"),
        ("The answer is C. No: the answer is B.", "B"),
        ("\\boxed{C} or rather \\boxed{D}", "D"),
        ("\\boxed{\\text{Paris}}", "Paris"),
        ("The answer is D", "D"),
    ],
)
def test_another_letter_or_two_at_once_fail(completion: str, found: str) -> None:
    verdict = load("choice")({"answer": "C"}, completion)
    assert (verdict.status, verdict.extracted) == (Status.FAIL, found)


@pytest.mark.parametrize(
    "completion",
    [
        "",
        "A dog is a good pet.",
        "I think it is a dog.",
        "The answer is a dog.",
        "The answer is A dog.",
        "The answer is I think Paris.",
        "The answer is C++.",
        "The answer is C#.",
        "The answer is CD.",
        "The answer is not C.",
        "I would not choose C.",
        "I don't think the answer is C",
        "The wrong answer is C.",
        "It is false that the answer is C, I say",
        "The answer is C. Wait, it is not.",
        "The answer is C. That is false.",
        "The answer is C. No.",
        "The answer is C? No.",
        "The answer is C.\n\nOn second thought, I cannot say.",
        "The answer is C. C is wrong.",
        "The answer is C.\nBut then it cannot be C.",
        "If the answer is C, then it rains",
        "A student says the answer is C.",
        "Neither: the answer is none of A, B, C.",
        "A) Lyon\nB) Marseille\nC) Paris\nD) Nice",
        "Vitamin C is important.",
        "C is incorrect.",
        "Option C is not correct.",
        "<think>The answer is C.",
        "It could be anything.",
        "I choose a good one.",
        "Plan A is to wait.",
    ],
)
def test_no_choice_is_none(completion: str) -> None:
    for letter in "ABCI":
        verdict = load("choice")({"answer": letter}, completion)
        assert (verdict.status, verdict.extracted) == (Status.FAIL, None), verdict


@pytest.mark.parametrize(
    ("completion", "found"),
    [
        ("Paris", "C"),
        ("The answer is Paris.", "C"),
        ("It is the capital. \\boxed{\\text{paris}}", "C"),
        ("Answer: Marseille", "B"),
        ("Lille", None),
        ("The answer is D", "D"),
        ("The answer is Paris, because it is the capital.", "C"),
        ("The answer is Paris, the capital of France.", "C"),
        ("Paris, since it is the capital", "C"),
        ("The answer is Paris, not Lyon.", "C"),
        ("The answer is C. Nice is smaller.", "C"),
        ("The answer is Paris or Lyon", "Paris or Lyon"),
        ("The answer is Paris, or Lyon", "Paris, or Lyon"),
        ("The answer is Paris (D)", "Paris (D)"),
        ("(C) Lyon", "(C) Lyon"),
        ("The answer is (C) Lyon", "(C) Lyon"),
        ("\\boxed{C. Lyon}", "C. Lyon"),
    ],
)
def test_an_answer_may_be_the_text_of_a_choice(completion: str, found: str | None) -> None:
    assert extracted(completion, choices=CHOICES) == found
    assert extracted("Yes", choices=["Yes", "yes"]) is None


@pytest.mark.parametrize("answer", ["C", "c", "(C)", "C.", 2, "Paris"])
def test_ways_to_give_the_gold(answer: str | int) -> None:
    assert load("choice")({"answer": answer, "choices": CHOICES}, "C").status is Status.PASS


@pytest.mark.parametrize("answer", ["E", "", "CD", 4, -1, "Berlin"])
def test_a_gold_that_is_none_of_the_choices_is_refused(answer: str | int) -> None:
    with pytest.raises(SpecError, match=r"expected one of A to D, or a place from 0 to 3"):
        load({"type": "choice", "answer": answer, "choices": CHOICES})


@given(st.text(st.sampled_from("ABCabc ().*:\\boxed{}\n answer is or"), max_size=60))
def test_white_space_around_changes_nothing(completion: str) -> None:
    assert extracted(completion) == extracted(f"\n  {completion} \n")


@given(st.sampled_from("ABCDEFGHIJ"))
def test_what_it_says_itself_is_found(letter: str) -> None:
    judge = load("choice")
    ((_, gold),) = judge.golds({"answer": letter})
    assert judge({"answer": letter}, gold).extracted == letter


@pytest.mark.parametrize(
    "unit",
    [
        "answer is ",
        "A ",
        "(A) ",
        "A. ",
        "\n",
        "answer: A or ",
        "* ",
        "\\boxed{",
        "A is ",
        "<think>",
        "option ",
        " it is C",
        "\x1b[",
        "[",
    ],
)
def test_time_is_linear(unit: str) -> None:
    judge = load({"type": "choice", "answer": "C", "choices": CHOICES})
    began = time.process_time()
    judge({}, unit * (1_000_000 // len(unit)))
    assert time.process_time() - began < 2
