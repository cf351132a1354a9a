"""A candidate in one process, its tests in another: what is right passes, and nothing else does."""

import pytest

from winnow.verifiers.code.sandbox.box import Judged, Limits, sandbox

BOX = sandbox()
CHECK = "def check(candidate):\n    assert candidate(1, 2) == 3\n    assert candidate(20, 22) == 42\n"


def judged(program: str, test: str = CHECK, entry_point: str | None = "add", **suite: object) -> Judged:
    tests = {"hidden": [test], "entry_point": entry_point, **suite}
    return BOX.judge(program, tests, Limits(seconds=1, asleep=2.0))


def passes(found: Judged) -> bool:
    return bool(found.hidden) and "0" not in found.hidden + found.public and not (found.why or found.trouble)


RIGHT = {
    "plain": ("def add(a, b): return a + b", CHECK),
    "nan": ("def f(): return [float('nan'), float('inf')]", "x = f(); assert x[0] != x[0] and x[1] > 1e308"),
    "big": ("def f(n): return 10 ** n", "assert f(6000) == 10 ** 6000"),
    "bytes": ("def f(b): return bytearray(b) + b'!'", "assert f(b'\\x00\\xff') == b'\\x00\\xff!'"),
    "nested": ("def f(x): return {(1, 2): [x, {3}]}", "assert f(None) == {(1, 2): [None, {3}]}"),
    "mutation": ("def f(x): x.sort(); x[0].append(9)", "x = [[2], [1]]; f(x); assert x == [[1, 9], [2]]"),
    "same list": ("def f(x): return x", "x = []; assert f(x) is x"),
    "exception": ("def f(): raise KeyError('k')", "try: f(); assert False\nexcept KeyError as e: assert e.args == ('k',)"),
    "own exception": (
        "class Bad(ValueError): pass\ndef f(): raise Bad('no')",
        "try: f(); assert False\nexcept Bad as e: assert str(e) == 'no'",
    ),
    "generator": ("def f():\n    n = 0\n    while 1:\n        yield n; n += 1", "g = f(); assert [next(g), next(g)] == [0, 1]"),
    "callable": ("def f(g, x): return [g(y) for y in x]", "assert f(lambda y: y * y, [1, 2, 3]) == [1, 4, 9]"),
    "class": (
        "class Stack:\n    def __init__(self): self.x = []\n    def push(self, y): self.x.append(y)\n"
        "    def __len__(self): return len(self.x)",
        "s = Stack(); s.push(1); assert len(s) == 1 and s.x == [1] and isinstance(s, Stack)",
    ),
    "named tuple": ("from collections import namedtuple\nP = namedtuple('P', 'x y')\ndef f(): return P(1, 2)", "assert f() == (1, 2) and f().y == 2"),
    "object of the test": (
        "def f(n):\n    total = 0\n    while n: total += n.value; n = n.next\n    return total",
        "class N:\n    def __init__(self, value, next=None): self.value, self.next = value, next\nassert f(N(1, N(2))) == 3",
    ),
    "unittest": ("def f(): return 3", "import unittest\nfrom solution import f\nclass T(unittest.TestCase):\n    def test(self): self.assertEqual(f(), 3)"),
    "pytest": ("def f(x): return 1 / x", "import pytest\n@pytest.mark.parametrize('x', [1, 2])\ndef test(x): assert f(x) == 1 / x\ndef test_zero():\n    with pytest.raises(ZeroDivisionError): f(0)"),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_passes(name: str) -> None:
    program, test = RIGHT[name]
    entry_point = "add" if test is CHECK else "f" if "def f(" in program else None
    found = judged(program, test, entry_point)
    assert passes(found), found


LIAR = "class L:\n    def __eq__(s, o): return True\n    def __hash__(s): return 0\n    def __bool__(s): return True\n"
WRONG = {
    "wrong": "def add(a, b): return a - b",
    "no code": "",
    "no python": "def add(a, b) return",
    "equals everything": LIAR + "def add(a, b): return L()",
    "lying number": "class I(int):\n    def __eq__(s, o): return True\n    __hash__ = int.__hash__\ndef add(a, b): return I(0)",
    "class instead of a function": LIAR + "add = L\nL.__init__ = lambda *a: None",
    "exit": "import os\ndef add(a, b): os._exit(0)",
    "exit at once": "import os; os._exit(0)",
    "system exit": "def add(a, b): raise SystemExit(0)",
    "loop": "def add(a, b):\n    while 1: pass",
    "sleep": "import time\ndef add(a, b): time.sleep(60)",
    "memory": "def add(a, b): return 'x' * 10 ** 10",
    "deep": "def add(a, b):\n    x = []\n    for _ in range(10 ** 5): x = [x]\n    return x",
    "flood": "def add(a, b): return 'x' * 10 ** 8",
    "forks": "import os\ndef add(a, b):\n    while 1: os.fork()",
    "signal to all": "import os, signal\nos.kill(-1, signal.SIGKILL)\ndef add(a, b): return 0",
    "old replies": (
        "import socket, json, struct\ns = socket.socket(fileno=3)\n"
        "def say(x):\n    m = json.dumps(x).encode(); s.sendall(struct.pack('<I', len(m)) + m)\n"
        "say(['ready', None])\nfor _ in range(9): say(['0' * 16, 'ok', [], 3])\nimport time; time.sleep(9)"
    ),
    "forged verdict": (
        "import os, json, struct\nm = json.dumps({'hidden': '11', 'public': '', 'why': ''}).encode()\n"
        "for fd in range(3, 30):\n    try: os.write(fd, struct.pack('<I', len(m)) + m)\n    except OSError: pass\n"
        "os._exit(0)"
    ),
    "frames": (
        "import sys\ndef add(a, b):\n    f = sys._getframe()\n    while f:\n        for v in f.f_locals.values():\n"
        "            if isinstance(v, int) and v in (3, 42): return v\n        f = f.f_back"
    ),
    "patched builtins": "import builtins\nbuiltins.AssertionError = Warning\nbuiltins.all = builtins.any = lambda *_: True\ndef add(a, b): return 0",
    "pickle": "import os\nclass P:\n    def __reduce__(s): return (os._exit, (0,))\ndef add(a, b): return P()",
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_fails(name: str) -> None:
    found = judged(WRONG[name])
    assert not passes(found)
    assert found.why and not found.trouble, found
    assert passes(judged("def add(a, b): return a + b")), "the next one is hurt"


@pytest.mark.parametrize(
    "test",
    [
        "def check(candidate):\n    assert abs(candidate(1, 2) - 3) < 1",
        "def check(candidate):\n    assert candidate(1, 2) < 4",
        "def check(candidate):\n    assert 3 in candidate(1, 2)",
        "def check(candidate):\n    assert candidate(1, 2) in (3,)",
        "def check(candidate):\n    assert candidate(1, 2) == candidate(2, 1)",
    ],
)
def test_no_object_is_judge_of_itself(test: str) -> None:
    yes = "\n".join(f"    def __{name}__(s, *_): return True" for name in ("lt", "contains", "sub", "abs"))
    assert not passes(judged(LIAR + yes + "\ndef add(a, b): return L()", test))


def test_tests_that_cannot_judge_are_trouble_of_ours() -> None:
    for test in ("def check(candidate:", "x = 1", "import no_such_module\nassert add(1, 2) == 3"):
        assert judged("def add(a, b): return a + b", test).trouble


def test_what_the_problem_defines_is_not_the_candidates() -> None:
    prompt = "def double(x):\n    return 2 * x\n\ndef half(x):\n    '''Half of x.'''\n"
    test = "def check(candidate):\n    assert double(candidate(4)) == 4"
    cheat = "def double(x): return 4\ndef half(x): return 0"
    assert not passes(judged(cheat, test, "half", prompt=prompt))
    assert passes(judged("def half(x): return x / 2", test, "half", prompt=prompt))
