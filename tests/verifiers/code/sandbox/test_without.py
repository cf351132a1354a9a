"""`sandbox: none`: no walls, and the same verdicts."""

from winnow.verifiers.registry import load

REFERENCE = {"test": ["assert f(2) == 4", "assert f(3) == 9"]}


def test_it_judges_as_the_sandbox_does() -> None:
    for mode in ("split", "in_process"):
        judge = load({"type": "unit_tests", "sandbox": "none", "mode": mode, "seconds": 1})
        right, wrong = judge(REFERENCE, "def f(x): return x * x"), judge(REFERENCE, "def f(x): return 4")
        assert (right.status, right.results) == ("pass", "11"), right
        assert (wrong.status, wrong.results) == ("fail", "10"), wrong
        assert "CPU" in judge(REFERENCE, "def f(x):\n    while 1: pass").reason


def test_programs_run_there_too() -> None:
    judge = load({"type": "stdio", "sandbox": "none"})
    cases = {"cases": [{"stdin": "3", "stdout": "6"}]}
    assert judge(cases, "print(2 * int(input()))").status == "pass"
    assert judge(cases, "print(int(input()))").status == "fail"
