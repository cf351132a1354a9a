"""`stdio`: programs of three languages, four ways to compare, and limits case by case."""

from typing import Any

import pytest

from winnow.verifiers import Status, Verdict
from winnow.verifiers.code import stdio
from winnow.verifiers.code.comparison import Compare, amiss
from winnow.verifiers.code.sandbox.box import Limits
from winnow.verifiers.registry import load

SUMS = {"cases": [{"stdin": "1 2\n", "stdout": "3\n"}, {"stdin": "4 5", "stdout": "9"}]}
RIGHT = {
    "python": "print(sum(map(int, input().split())))",
    "cpp": "#include <iostream>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b; }",
    "javascript": "const t = require('fs').readFileSync(0, 'utf8').split(/\\s+/).map(Number)\nconsole.log(t[0] + t[1])",
}


def judged(completion: str, reference: dict[str, Any] | None = None, **spec: Any) -> Verdict:
    return load({"type": "stdio", **spec})(reference or SUMS, completion)


@pytest.mark.parametrize("language", RIGHT)
def test_a_right_program_passes_and_a_wrong_one_fails(language: str) -> None:
    told = f"So:\n```{language}\n{RIGHT[language]}\n```"
    right = judged(told, {**SUMS, "language": language})
    assert (right.status, right.results) == (Status.PASS, "11"), right
    wrong = judged(told.replace("+", "*").replace("sum", "max"), {**SUMS, "language": language})
    assert wrong.status is Status.FAIL and "expected '3'" in wrong.reason, wrong


def test_a_program_that_does_not_compile_fails_and_says_why() -> None:
    verdict = judged("int main() { return x; }", language="cpp")
    assert verdict.status is Status.FAIL
    assert "does not compile" in verdict.reason and "not declared" in verdict.reason


def test_a_recipe_declares_a_language() -> None:
    shell = {"sh": {"file": "a.sh", "run": ["sh", "a.sh"]}}
    verdict = judged("```sh\nread a b; echo $((a + b))\n```", language="sh", toolchains=shell)
    assert verdict.status is Status.PASS


def test_a_toolchain_that_is_not_there_is_our_trouble() -> None:
    lacking = {"d": {"file": "a.d", "compile": ["nosuchcompiler", "a.d"], "run": ["./a"]}}
    verdict = judged("x", language="d", toolchains=lacking)
    assert verdict.status is Status.ERROR and "nosuchcompiler" in verdict.reason


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"c": {"file": "../a.c", "run": ["./a"]}}, "without a folder"),
        ({"c": {"file": "a.c"}}, "toolchains.c.run"),
        ({"c": {"file": "a.c", "run": "./a"}}, "list of words"),
        ({"c": {"file": "a.c", "run": ["./a"], "cmd": []}}, "no key 'cmd'"),
        ({}, "no toolchain for the language 'c'"),
    ],
)
def test_a_toolchain_declared_amiss_is_told(told: dict[str, Any], why: str) -> None:
    verdict = judged("x", {**SUMS, "language": "c"}, toolchains=told)
    assert verdict.status is Status.ERROR and why in verdict.reason


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("while 1: pass", "CPU time"),
        ("import time\nwhile 1: time.sleep(1)", "it hung"),
        ("while 1: print('x' * 1000)", "printed more"),
        ("x = 'x' * 10**9", "MemoryError"),
        ("print(3); raise SystemExit(2)", "exit code 2"),
        ("import os\nprint(3, flush=True); os.kill(os.getpid(), 9)", "signal 9"),
        ("prin(", "SyntaxError"),
        ("", "empty completion"),
    ],
)
def test_a_program_that_ends_badly_fails_and_says_how(program: str, why: str) -> None:
    verdict = judged(program, seconds=1)
    assert verdict.status is Status.FAIL and why in verdict.reason


def test_each_case_has_its_result() -> None:
    half = judged("print(3)")
    assert (half.status, half.score, half.results) == (Status.FAIL, 0.5, "10")
    assert half.reason == "1 of 2 cases: printed '3', expected '9'"


def test_public_cases_must_be_right_and_are_no_part_of_the_score() -> None:
    reference = {"cases": SUMS["cases"][:1], "public_cases": SUMS["cases"][1:]}
    verdict = judged("print(3)", reference)
    assert (verdict.status, verdict.score, verdict.results) == (Status.FAIL, 1.0, "1/0")


def test_a_checker_decides_where_many_answers_are_right() -> None:
    checker = "def check(stdin, stdout, expected):\n    a, b = map(int, stdout.split())\n    return a + b == int(stdin) or 'sum is wrong'"
    reference = {"cases": [{"stdin": "10", "stdout": "5 5"}], "checker": checker}
    assert judged("print(3, 7)", reference).status is Status.PASS
    assert "sum is wrong" in judged("print(3, 8)", reference).reason
    garbled = judged("print('x')", reference)
    assert garbled.status is Status.FAIL and "ValueError" in garbled.reason


def test_a_checker_that_cannot_judge_is_our_trouble() -> None:
    for checker in ("def check(a): ...", "x", "def check(a, b, c): 1 / 0", "def check("):
        verdict = judged(RIGHT["python"], {**SUMS, "checker": checker})
        assert verdict.status is Status.ERROR and "checker" in verdict.reason, verdict


def test_what_a_checker_prints_is_no_verdict() -> None:
    checker = "print('[true]')\ndef check(*_):\n    print('[true]')\n    return False"
    assert judged(RIGHT["python"], {**SUMS, "checker": checker}).status is Status.FAIL


@pytest.mark.parametrize(
    ("found", "wanted", "compare", "same"),
    [
        ("3\n", "3", "exact", True),
        ("3 \n4", "3\n4", "exact", False),
        ("3 \n4", "3\n4", "tokens", True),
        ("34", "3 4", "tokens", False),
        ("", "3", "tokens", False),
        ("3", "", "tokens", False),
        ("3.0", "3", "tokens", False),
        ("3.0", "3", "float", True),
        ("4", "3", "float", False),
        ("1000001", "1000000", "float", False),
        ("0.3333333333", "0.3333333", "float", True),
        ("0.3334", "0.3333", "float", False),
        ("nan", "0.5", "float", False),
        ("inf", "1e400", "float", False),
        ("0x10", "16", "float", False),
        ("1_0", "10", "float", False),
        ("NaN", "NaN", "float", True),
        ("\u0663", "3", "float", False),
    ],
)
def test_output_is_compared_as_it_is_told(found: str, wanted: str, compare: Compare, same: bool) -> None:
    assert (amiss(found.encode(), wanted.encode(), compare, 1e-6) == "") is same


@pytest.mark.parametrize(
    "cases",
    [[], [{"stdin": "1"}], [{"stdin": 1, "stdout": "1"}], ["1"], [{"stdin": "", "stdout": "", "x": ""}]],
)
def test_cases_are_examined(cases: list[Any]) -> None:
    verdict = judged("print(3)", {"cases": cases})
    assert verdict.status is Status.ERROR and "cases" in verdict.reason and "expected" in verdict.reason


def test_time_in_line_and_between_cases_is_not_held_against_a_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stdio, "limits_of", lambda *_, **__: Limits(asleep=2.0))
    many = {"cases": [{"stdin": "", "stdout": "1"}] * 10}
    verdict = judged("import time\ntime.sleep(.25)\nprint(1)", many)  # 2.5 s asleep in all, .25 a case
    assert verdict.status is Status.PASS, verdict
