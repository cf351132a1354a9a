"""`unit_tests`: every form of test, its results one by one, and what is whose fault."""

from typing import Any

import pytest

from winnow.verifiers import Status, Verdict
from winnow.verifiers.registry import BadReference, SpecError, load

PROMPT = (
    'from typing import List\n\n\ndef top(xs: List[int], k: int) -> List[int]:\n    """The k largest."""\n'
)
CHECK = (
    "def check(candidate):\n    assert candidate([3, 1, 2], 2) == [3, 2]\n    assert candidate([], 1) == []\n"
)
HUMANEVAL = {"prompt": PROMPT, "entry_point": "top", "test": CHECK}
MBPP = {"test_list": ["assert top([3, 1, 2], 2) == [3, 2]", "assert top([], 1) == []"], "entry_point": "top"}
UNITTEST = {
    "test": "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(top([3, 1, 2], 2), [3, 2])\n"
    "    def test_b(self):\n        self.assertEqual(top([], 1), [])\n"
}
PYTEST = {
    "test": "import pytest\nfrom solution import top\n@pytest.mark.parametrize('xs, k, told', [([3, 1, 2], 2, [3, 2]), ([], 1, [])])\n"
    "def test_top(xs, k, told):\n    assert top(xs, k) == told\n"
}
FORMS = {"humaneval": HUMANEVAL, "mbpp": MBPP, "unittest": UNITTEST, "pytest": PYTEST}
RIGHT = "def top(xs, k):\n    return sorted(xs, reverse=True)[:k]\n"
HALF = "def top(xs, k):\n    return [3, 2]\n"


def judged(reference: dict[str, Any], completion: str, **spec: Any) -> Verdict:
    return load({"type": "unit_tests", **spec})(reference, completion)


@pytest.mark.parametrize("mode", ["split", "in_process"])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_each_form_counts_its_tests(form: dict[str, Any], mode: str) -> None:
    right, half = judged(form, RIGHT, mode=mode), judged(form, HALF, mode=mode)
    assert (right.status, right.score, right.results) == (Status.PASS, 1.0, "11")
    assert (half.status, half.score, half.results) == (Status.FAIL, 0.5, "10")
    assert half.reason.startswith("1 of 2 tests: ")
    assert judged(form, "def top(xs, k):\n    return None\n", mode=mode).results == "00"


def test_the_weaker_mode_says_so() -> None:
    assert "weaker" in judged(HUMANEVAL, RIGHT, mode="in_process").reason
    assert not judged(HUMANEVAL, RIGHT).reason


def test_a_body_is_read_with_its_prompt() -> None:
    assert judged(HUMANEVAL, "    return sorted(xs)[::-1][:k]\n").status is Status.PASS
    assert judged(HUMANEVAL, "```python\nreturn sorted(xs)[::-1][:k]\n```").status is Status.PASS


def test_public_tests_must_pass_and_are_no_part_of_the_score() -> None:
    reference = {**MBPP, "public_test": "assert top([1], 1) == [1]"}
    assert judged(reference, RIGHT).results == "11/1"
    odd = judged(reference, "def top(xs, k):\n    return [] if xs == [1] else sorted(xs)[::-1][:k]\n")
    assert (odd.status, odd.score, odd.results) == (Status.FAIL, 1.0, "11/0")


@pytest.mark.parametrize(
    ("completion", "why"),
    [
        ("", "empty completion"),
        ("```js\nlet x\n```", "no Python"),
        ("I do not know.", "SyntaxError"),
        ("def top(xs, k):\n    while 1: pass\n", "CPU time"),
        ("def top(xs, k):\n    return 'x' * 10**10\n", "MemoryError"),
        ("import os\nos._exit(0)", "exit code 0"),
        ("def other(): ...", "'top' is not defined"),
    ],
)
def test_a_wrong_program_fails_with_its_reason(completion: str, why: str) -> None:
    verdict = judged(MBPP, completion, seconds=1)
    assert verdict.status is Status.FAIL and verdict.score == 0 and why in verdict.reason


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ({"test": "assert ("}, "do not compile"),
        ({"test": "x = 1"}, "no test"),
        ({"test": "import nosuchmodule\nassert top"}, "what is not there"),
        ({"test": ""}, "test is empty"),
        ({"test": []}, "test is empty"),
        ({}, "'test' or 'test_list'"),
        ({"test": "assert 1", "entry_point": "a b"}, "expected a name"),
    ],
)
def test_tests_that_cannot_judge_are_our_trouble(reference: dict[str, Any], why: str) -> None:
    verdict = judged(reference, RIGHT)
    assert verdict.status is Status.ERROR and why in verdict.reason


def test_packages_are_there_where_they_are_preloaded() -> None:
    reference = {"test": "assert abs(f([1, 2]) - 1.5) < 1e-9"}
    program = "import polars\ndef f(xs):\n    return float(polars.Series(xs).mean())\n"
    assert judged(reference, program).status is Status.FAIL
    # A package with threads of its own reserves much more memory than it uses.
    assert judged(reference, program, preload=["polars"], memory_mb=4096).status is Status.PASS


def test_a_package_that_is_not_installed_is_named() -> None:
    verdict = judged(HUMANEVAL, RIGHT, preload=["nosuchpackage"])
    assert verdict.status is Status.ERROR and "nosuchpackage" in verdict.reason


@pytest.mark.parametrize("setting", [{"sandbox": "none"}, {"mode": "in_process"}, {"preload": ["os"]}])
def test_no_row_says_how_it_is_judged(setting: dict[str, Any]) -> None:
    by_row = load("per_problem")({**HUMANEVAL, "check": {"type": "unit_tests", **setting}}, RIGHT)
    assert by_row.status is Status.ERROR and "no row of data may set it" in by_row.reason
    assert not judged(
        {**HUMANEVAL, **setting}, RIGHT
    ).reason  # and a reference's keys of that name are not read


@pytest.mark.parametrize("wrong", [{"seconds": 0}, {"memory_mb": 1}, {"seconds": 10**6}])
def test_limits_make_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises((SpecError, BadReference), match=next(iter(wrong))):
        load({"type": "unit_tests", "test": "assert 1", **wrong})
