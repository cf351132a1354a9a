"""`number`: the last number of the completion against the reference's."""

from __future__ import annotations

import time

import pytest

from winnow.verifiers import SpecError, Status, load

MEGA = 1_000_000


@pytest.mark.parametrize(
    ("answer", "completion"),
    [
        (42, "6 x 7 = 42"),
        ("42", "The answer is **42**."),
        ("1,234", "1234"),
        (1234, "$1,234.00"),
        ("0.75", "3/4"),
        ("3/4", ".75"),
        (0.1, "0.1"),
        (0.1, "1/10"),
        (0.3, "it is 0.30"),
        ("-5", "−5"),
        ("50%", "50"),
        (50, "50%"),
        ("#### 72", "so 72"),
        ("48/2 = <<48/2=24>>24\n#### 72", "72"),
        (1e21, "10^21"),
        ("2" * 5000, "2" * 5000),
        (10**30, "1e30"),
        ("1e999999999", "1E+999999999"),
        ("0", "-0.0"),
        (r"\frac{1}{3}", "1/3"),
        ("72 apples", "I count 72"),
    ],
)
def test_pass(answer: object, completion: str) -> None:
    verdict = load("number")({"answer": answer}, completion)
    assert (verdict.status, verdict.score, verdict.reason) == (Status.PASS, 1.0, "")
    assert verdict.extracted is not None


@pytest.mark.parametrize(
    ("answer", "completion", "reason"),
    [
        (42, "41", "41 is not 42"),
        (42, "42, or perhaps 43", "43 is not 42"),
        (42, "", "empty completion"),
        (42, " \n ", "empty completion"),
        (42, "forty-two", "no number"),
        (0.5, "50%", "50 is not 0.5"),
        ("1/3", "0.3333333333", "0.3333333333 is not 1/3"),
        ("0.1", "0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827 is not 0.1"),
        (7, "1e999999999", "1e999999999 is not 7"),
        (0, "1e-999999999", "1e-999999999 is not 0"),
        (3, "3/0", "3/0 is not 3"),
        (-5, "5", "5 is not -5"),
        ("2" * 5000, "2" * 4999, f"{'2' * 59}… is not {'2' * 59}…"),
    ],
)
def test_fail(answer: object, completion: str, reason: str) -> None:
    verdict = load("number")({"answer": answer}, completion)
    assert (verdict.status, verdict.score, verdict.reason) == (Status.FAIL, 0.0, reason)


@pytest.mark.parametrize("text", ["The answer is not 7.", "It isn't 7", "x ≠ 7", "it cannot be 7"])
def test_what_is_denied_is_no_answer(text: str) -> None:
    assert load("number")({"answer": 7}, text).reason == "no number"
    assert load("number")({"answer": 7}, f"{text} Not 6 but 7").status is Status.PASS


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ({}, "neither the recipe nor the reference gives 'answer' (the reference's keys: none)"),
        ({"gold": 1, "id": 2}, "(the reference's keys: gold, id)"),
        ({"answer": None}, "neither the recipe nor the reference gives 'answer'"),
        ({"answer": "x"}, "answer is 'x', expected one number"),
        ({"answer": "1 and 2"}, "expected one number"),
        ({"answer": [1]}, "expected text or a whole number or a number, found [1]"),
        ({"answer": True}, "found True"),
        ({"answer": float("nan")}, "expected one number"),
        ({"answer": float("inf")}, "expected one number"),
        ({"answer": 1, "tolerance": "much"}, "parameter 'tolerance': expected a number, found 'much'"),
        ({"answer": b"1"}, "the reference holds what JSON cannot"),
    ],
)
def test_error(reference: dict[str, object], told: str) -> None:
    verdict = load("number")(reference, "42")
    assert (verdict.status, verdict.score) == (Status.ERROR, None)
    assert verdict.reason.startswith("number: ")
    assert told in verdict.reason


@pytest.mark.parametrize(
    ("answer", "completion", "tolerance", "status"),
    [
        ("3.14159", "3.14", 0.01, "pass"),
        ("3.14159", "3.1", 0.01, "fail"),
        ("0.3", "0.4", 0.1, "pass"),
        ("0.3", "0.40000000000000001", 0.1, "fail"),
        ("1/3", "0.333", 0.001, "pass"),
        ("3", "3." + "1" * 20_000, 0.2, "pass"),
        ("0", "1e-999999999", 1e-9, "pass"),
        ("0", "1e999999999", 1e9, "fail"),
        ("1e999999999", "1e999999999", 1, "pass"),
        ("10", "12", 2, "pass"),
    ],
)
def test_tolerance(answer: str, completion: str, tolerance: float, status: str) -> None:
    assert load({"type": "number", "tolerance": tolerance})({"answer": answer}, completion).status == status
    assert load("number")({"answer": answer, "tolerance": tolerance}, completion).status == status


@pytest.mark.parametrize("tolerance", [-1, float("nan"), float("inf"), "1", True])
def test_a_tolerance_that_is_none_is_told_at_load(tolerance: object) -> None:
    with pytest.raises(SpecError, match="tolerance") as caught:
        load({"type": "number", "tolerance": tolerance})
    assert caught.value.path == ("tolerance",)


@pytest.mark.parametrize(
    "text",
    [
        "9" * 3 * MEGA,
        "1e" + "9" * 3 * MEGA,
        "3." + "1" * 5 * MEGA,
        "1," * MEGA,
        "1" + ",234" * MEGA,
        "1/" * MEGA,
        "x1" * MEGA,
        "1" + "ab " * MEGA,
        "1 " + "-" * 5 * MEGA,
        "." * 5 * MEGA,
        r"\frac{1}{" * 200_000,
        "1 x 10^" * 200_000,
        "2^" * MEGA,
        "½" * MEGA,
        "9" * 4_000 + "/" + "9" * 4_000,
    ],
    ids=lambda text: f"{text[:8]} x {len(text)}",
)
def test_megabytes_of_hostile_text_are_judged_at_once(text: str) -> None:
    judge = load({"type": "number", "tolerance": 0.5})
    began = time.process_time()
    verdict = judge({"answer": "7"}, text)
    assert time.process_time() - began < 3  # under 0.5 s where nothing else runs
    assert verdict.status is Status.FAIL
    assert verdict.extracted is None or len(verdict.extracted) <= 200


def test_huge_numbers_are_still_compared_exactly() -> None:
    digits = "1234567890" * 100_000
    judge = load("number")
    assert judge({"answer": digits}, f"It is {digits}").status is Status.PASS
    assert judge({"answer": digits}, f"It is {digits[:-1]}1").status is Status.FAIL
    assert judge({"answer": digits}, f"It is {digits}.000").status is Status.PASS


@pytest.mark.parametrize(
    "completion",
    [
        "42\x1b[31m",
        "\x1b]0;title 7\x0742",
        "<think>it is 41</think> 42",
        "it is 41</think> 42",
        "<reasoning>41</reasoning>\n42",
    ],
)
def test_thoughts_and_terminal_escapes_hold_no_answer(completion: str) -> None:
    assert load("number")({"answer": 42}, completion).status is Status.PASS


def test_a_thought_that_never_ended_holds_no_answer() -> None:
    assert load("number")({"answer": 42}, "<think>it is 42").reason == "no number"
    own = load({"type": "number", "thinking": ["musing"]})
    assert own({"answer": 42}, "<musing>41</musing>42").status is Status.PASS
    assert own({"answer": 41}, "42 <think>41").status is Status.PASS


@pytest.mark.parametrize(
    "completion",
    ["It is 42 million", "42π", "42²", "42k", "41-42", "41 – 42", "√42", r"\sqrt{42}", "sqrt(42)", "$42M"],
)  # fmt: skip
def test_a_part_of_a_value_is_not_the_value(completion: str) -> None:
    assert load("number")({"answer": 42}, completion).status == "fail"


@pytest.mark.parametrize(
    "completion", ["The answer is 42!", "42 metres", "50 - 8 = 42", "42 km", "42 minutes", "42 kg", "#### 42"]
)
def test_what_stands_beside_a_number_is_no_part_of_it(completion: str) -> None:
    assert load("number")({"answer": 42}, completion).status == "pass"
