"""What of a completion is taken for its code, and how a whole program is made of it."""

import pytest

from winnow.verifiers.code.extraction import code_of
from winnow.verifiers.code.sandbox.inside.compose import compose

PYTHON = ("python", "py")
PROMPT = 'from math import sqrt\n\n\ndef helper(x):\n    return x + 1\n\n\ndef f(a):\n    """Say."""\n'


@pytest.mark.parametrize(
    ("completion", "code"),
    [
        ("x = 1", "x = 1"),
        ("    return 1\n", "    return 1\n"),
        ("```python\nx = 1\n```", "x = 1\n"),
        ("```py\nx = 1\n```\n```python\nx = 2\n```", "x = 2\n"),
        ("```\nx = 1\n```", "x = 1\n"),
        ("```python\nx = 1\n```\nIt prints:\n```\n1\n```", "x = 1\n"),
        ("```python\nx = 1\n```\n```js\nlet x\n```", "x = 1\n"),
        ("```js\nlet x\n```", ""),
        ("So:\n```python\nx = 1", "x = 1"),
        ("~~~Python title\nx = 1\n~~~", "x = 1\n"),
        ("````python\nx = '''\n```\n'''\n````", "x = '''\n```\n'''\n"),
        ("1. So:\n   ```python\n   if x:\n       y\n   ```", "if x:\n    y\n"),
        ("<think>```python\nx = 1\n```</think>```python\nx = 2\n```", "x = 2\n"),
        ("<think>```python\nx = 1\n```", ""),
        ("```python\r\nx = 1\r\n```", "x = 1\n"),
    ],
)
def test_code_is_what_is_fenced_as_such(completion: str, code: str) -> None:
    assert code_of(completion, PYTHON) == code


def test_of_several_blocks_the_last_that_defines_what_is_asked_for() -> None:
    told = "```python\ndef f(): return 1\n```\n```python\ndef f(): return 2\n```\n```python\nprint(f())\n```"
    assert code_of(told, PYTHON, "f") == "def f(): return 2\n"
    assert code_of(told, PYTHON) == "print(f())\n"


@pytest.mark.parametrize(
    "code",
    [
        "    b = helper(a)\n    return sqrt(b)\n",
        "\n    b = helper(a)\n    return sqrt(b)\n",
        "b = helper(a)\n    return sqrt(b)",
        "b = helper(a)\nreturn sqrt(b)",
        "    return sqrt(helper(a))\n\n\nprint(f(3))\nThis is how",
        "def f(a):\n    return sqrt(helper(a))\n",
        "import math\n\ndef f(a):\n    return math.sqrt(a + 1)\n",
        "f = lambda a: sqrt(helper(a))\n",
        PROMPT + "    return sqrt(helper(a))\n",
    ],
)
def test_any_way_to_answer_a_prompt_becomes_a_program(code: str) -> None:
    names: dict[str, object] = {}
    exec(compose(code, PROMPT, "f").code, names)  # noqa: S102 - it is ours
    assert names["f"](3) == 2  # type: ignore[operator]


@pytest.mark.parametrize("code", ["def (", "(" * 100_000, "x = \0"])
def test_what_is_no_program_is_none(code: str) -> None:
    with pytest.raises((SyntaxError, ValueError, MemoryError)):
        compose(code, PROMPT, "f")


def test_without_a_prompt_code_is_the_program() -> None:
    assert compose("x = 1", "Write a program.", None).source == "x = 1"
