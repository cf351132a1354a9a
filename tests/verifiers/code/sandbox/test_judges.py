"""A judge stays for the next candidate only where nothing of the last can be seen."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from winnow.verifiers.code.sandbox.box import Judged, Limits, Sandbox
from winnow.verifiers.code.sandbox.traces import leaves_traces

RIGHT, WRONG = "def f(x):\n    return 2 * x", "def f(x):\n    return x"
PURE = {"hidden": ["import math\nassert f(2) == math.sqrt(16)"], "entry_point": "f"}


@pytest.fixture
def box() -> Iterator[Sandbox]:
    found = Sandbox()
    yield found
    found.close()


def judged(box: Sandbox, program: str, tests: dict[str, Any], limits: Limits | None = None) -> Judged:
    return box.judge(program, tests, limits or Limits())


def process(box: Sandbox) -> str:
    """The judge that is there now."""
    server = box._zygotes["judge"]._process.pid
    while children := Path(f"/proc/{server}/task/{server}/children").read_text().split():
        server = int(children[0])
    return str(server)


def test_it_stays_for_pure_tests_and_tells_right_from_wrong(box: Sandbox) -> None:
    found = [judged(box, RIGHT, PURE)]
    first = process(box)
    found += [judged(box, one, PURE) for one in (WRONG, RIGHT, "def f(:", RIGHT, "import os; os._exit(0)")]
    found.append(judged(box, RIGHT, {**PURE, "hidden": ["assert f(3) == 6\nassert f(4) == 9"]}))
    assert [one.hidden for one in found] == ["1", "0", "1", "", "1", "", "10"]
    assert process(box) == first


def test_what_tests_change_is_gone_for_the_next(box: Sandbox) -> None:
    """Each of these passes once in a process, and fails the second time in the same."""
    for tests in (
        "import math\nassert not hasattr(math, 'seen')\nmath.seen = 1\nassert f(1) == 2",
        "import os\nassert not os.path.exists('x')\nopen('x', 'w').close()\nassert f(1) == 2",
        "import sys\nassert 'seen' not in sys.modules\nsys.modules['seen'] = sys\nassert f(1) == 2",
        "assert 'seen' not in __builtins__\n__builtins__['seen'] = 1\nassert f(1) == 2",
    ):
        for _ in range(2):
            assert set(judged(box, RIGHT, {"hidden": [tests], "entry_point": "f"}).hidden) == {"1"}, tests


def test_names_of_a_test_are_gone_for_the_next(box: Sandbox) -> None:
    judged(box, RIGHT, {"hidden": ["seen = 1\nassert f(1) == 2"], "entry_point": "f"})
    first = process(box)
    assert judged(box, RIGHT, {"hidden": ["assert f(1) == seen"], "entry_point": "f"}).hidden == "0"
    assert process(box) == first


def test_an_object_of_one_candidate_means_nothing_to_the_next(box: Sandbox) -> None:
    tests = {"hidden": ["a = f(1)\nassert a.value == 2"], "entry_point": "f"}
    mine = "class A:\n    value = 2\ndef f(x):\n    return A()"
    assert judged(box, mine, tests).hidden == "1"
    assert judged(box, mine.replace("= 2", "= 3"), tests).hidden == "0"
    assert judged(box, mine, tests).hidden == "1"


def test_one_that_died_between_two_candidates_costs_one_check_at_most(box: Sandbox) -> None:
    judged(box, RIGHT, PURE)
    os.kill(int(process(box)), signal.SIGKILL)
    assert judged(box, RIGHT, PURE).trouble
    assert judged(box, RIGHT, PURE).hidden == "1"


def test_one_that_was_idle_for_long_is_not_taken_for_one_that_hangs(box: Sandbox) -> None:
    limits = Limits(asleep=0.5)
    judged(box, RIGHT, PURE, limits)
    time.sleep(2.6)
    assert judged(box, RIGHT, PURE, limits).hidden == "1"


def test_one_does_not_wait_for_a_forkserver_to_start(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """That may take longer than it may be asleep."""
    asked, start = list[str](), box._zygote
    monkeypatch.setattr(box, "_zygote", lambda role: asked.append(role) or start(role))
    assert judged(box, RIGHT, PURE).hidden == "1" and asked == ["candidate", "judge"]


def test_a_candidate_after_slow_ones_has_all_its_time(box: Sandbox) -> None:
    """Tests of .6 seconds each, and a judge that may take 5: ten of them are not one too many."""
    slow = {"hidden": ["n = 0\nwhile n < 6_000_000:\n    n += 1\nassert f(1) == 2"], "entry_point": "f"}
    for _ in range(10):
        assert judged(box, RIGHT, slow, Limits(seconds=1)).hidden == "1"


def test_a_candidate_does_not_hang_while_its_judge_stands_in_line(box: Sandbox) -> None:
    """As on a busy machine: the judge shares one processor with a dozen others."""
    limits = Limits(asleep=1.0)
    busy = {"hidden": ["n = 0\nwhile n < 3_000_000:\n    n += 1\nassert f(1) == 2"], "entry_point": "f"}
    assert judged(box, RIGHT, busy, limits).hidden == "1"
    judge, processor = int(process(box)), min(os.sched_getaffinity(0))
    os.sched_setaffinity(judge, {processor})
    # Each in a session of its own: kernels that share out by session would else count the dozen as one.
    spin = [sys.executable, "-c", "while True: pass"]
    others = [subprocess.Popen(spin, start_new_session=True) for _ in range(12)]
    try:
        for one in others:
            os.sched_setaffinity(one.pid, {processor})
        began = time.monotonic()
        found = judged(box, RIGHT, busy, limits)
        took = time.monotonic() - began
    finally:
        for one in others:
            one.kill()
            one.wait()
    assert int(process(box)) == judge
    assert found == Judged(hidden="1", cpu=found.cpu)
    assert took > 1.2, "the judge was not kept waiting"


@pytest.mark.parametrize(
    "script",
    [
        "from typing import List\nfrom collections import Counter\nassert f([1]) == Counter()",
        "METADATA = {}\ndef check(candidate):\n    import random\n    random.seed(1)\n    assert candidate(1)",
        "assert not (",
    ],
)
def test_pure_scripts(script: str) -> None:
    assert not leaves_traces([script])


@pytest.mark.parametrize(
    "script",
    [
        *("import numpy", "import os.path", "from . import x", "from math import __loader__", "x.y = 1"),
        *(
            "del x.y",
            "for x.y in z: pass",
            "with a as b.c: pass",
            "x.y += 1",
            "x.__dict__",
            "__import__('os')",
        ),
        *(
            "exec('')",
            "f = open",
            "setattr(x, 'y', 1)",
            "x._private",
            "Sequence.register(dict)",
            "class A:\n    def g(s):\n        s.x = 1",
        ),
    ],
)
def test_scripts_that_reach_further(script: str) -> None:
    assert leaves_traces(["assert f(1)", script])
