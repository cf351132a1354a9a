"""Tests that cannot run are our trouble; a candidate that keeps them from running has failed them."""

import pytest

from winnow.verifiers.code.sandbox.box import Judged, Limits, sandbox

BOX = sandbox()
ASSERTS = "assert f(1) == 1"
PYTEST = "import pytest\nfrom solution import f\ndef test_one(): assert f(1) == 1\n"
RIGHT = "def f(x): return x"
HOOKED = (
    "import sys\ndef f(x): return x\ndef hook(frame, *_):\n"
    "    if frame.f_code.co_name == '<lambda>': raise {}\nsys.setprofile(hook)\n"
)


def judged(mode: str, program: str, test: str, **more: str) -> Judged:
    judge = BOX.judge if mode == "split" else BOX.judge_in_process
    return judge(program, {"hidden": [test], "entry_point": "f", **more}, Limits(seconds=2, asleep=2.0))


CANDIDATES = {
    "has no function, for asserts": ("def g(x): return x", ASSERTS, {}),
    "has no function, for pytest": ("def g(x): return x", PYTEST, {}),
    "fails where pytest collects": ("def f(x): return 1 / 0", "import pytest\nx = f(1)\n" + PYTEST, {}),
    "fails where pytest collects a class": (
        "def f(x): return 1",
        PYTEST + "class TestMore:\n    def __init_subclass__(cls): cls.x = f(1)[0]\n"
        "    @pytest.mark.parametrize('x', f(1))\n    def test_two(self, x): assert x\n",
        {},
    ),
    "fails what comes before the tests": (RIGHT, ASSERTS, {"setup": "x = 1 / f(0)"}),
}


@pytest.mark.parametrize("mode", ["split", "in_process"])
@pytest.mark.parametrize("name", CANDIDATES)
def test_a_candidate_that_keeps_tests_from_running_has_failed_them(name: str, mode: str) -> None:
    program, test, more = CANDIDATES[name]
    found = judged(mode, program, test, **more)
    assert "0" in found.hidden and found.why and not found.trouble, found


@pytest.mark.parametrize(
    "raised", ["SystemExit(0)", "KeyboardInterrupt", "ModuleNotFoundError('x')", "GeneratorExit"]
)
@pytest.mark.parametrize("test", [ASSERTS, PYTEST])
def test_so_has_one_that_raises_at_being_looked_at(test: str, raised: str) -> None:
    """A hook, or an alarm, raises in what answers the judge: not in the function, but before it is found."""
    found = judged("split", HOOKED.format(raised), test)
    assert found.why and "1" not in found.hidden and not found.trouble, found


BROKEN = {
    "import what is not there": ("import notthere\n" + ASSERTS, {}),
    "import for pytest what is not there": ("import notthere\n" + PYTEST, {}),
    "need what is not there": (ASSERTS, {"setup": "import notthere"}),
    "fail before the candidate is asked": (ASSERTS, {"setup": "x = 1 / 0"}),
    "name what nobody has": (ASSERTS, {"setup": "g(0)"}),
    "have a prompt that fails": (ASSERTS, {"prompt": "x = 1 / 0"}),
}


@pytest.mark.parametrize("mode", ["split", "in_process"])
@pytest.mark.parametrize("name", BROKEN)
def test_tests_that_fail_by_themselves_judge_nobody(name: str, mode: str) -> None:
    test, more = BROKEN[name]
    found = judged(mode, RIGHT, test, **more)
    assert found.trouble.startswith("the tests: ") and not found.hidden, found
