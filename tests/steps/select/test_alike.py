"""What makes two answers alike; and that no text of a model breaks or delays a build."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.steps.select.alike import LONGEST, code, equations


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("She has 3 + 4 = 7 apples.", "3+4=7"),
        ("3+4=7, then 7 * 2 = 14", "3+4=7 7*2=14"),
        ("7 * 2 = 14 and 3 + 4 = 7", "7*2=14 3+4=7"),
        ("48/2 = <<48/2=24>>24", "48/2=24"),
        (r"\(3 \times 4 = 12\)", "3*4=12"),
        (r"$\frac{12}{4} = 3$", "(12)/(4)=3"),
        ("$1,200 / 4 = $300.50", "1200/4=300.50"),
        ("3 × 4 = 12", "3*4=12"),
        ("3 x 4 = 12", "3*4=12"),
        ("12 ÷ 4 = 3", "12/4=3"),
        ("(3 + 4) * 2 = 14", "(3+4)*2=14"),
        ("- 3 + 4 = 7\n- 7 + 1 = 8", "3+4=7 7+1=8"),
        ("x = 5", "x 5"),
        ("The answer is FOUR!", "the answer is four"),
        ("", ""),
    ],
)
def test_equations(text: str, found: str) -> None:
    assert equations(text) == found


SAME = [
    "def f(x):\n    return [x for x in range(x)]",
    "def f(n):\n    return [n for n in range(n)]",
    'def f(n):\n    """Count."""\n    return [n for n in range(n)]',
    "def f(n: int) -> int:\n    return [n   for n in range(n)]  # all",
    "Here:\n```python\ndef f(k):\n\n    return [k for k in range(k)]\n```\nThat is it.",
]
OTHER = [
    "def g(x):\n    return [x for x in range(x)]",
    "def f(x):\n    return [x for x in range(x + 1)]",
    "def f(x):\n    return [len for x in range(x)]",
    "def f(x):\n    return (x for x in range(x))",
]


def test_names_of_locals_docstrings_and_layout_make_no_difference() -> None:
    assert len({code(text) for text in SAME if "->" not in text}) == 1
    assert len({code(text) for text in [SAME[0], *OTHER]}) == 1 + len(OTHER)


def test_what_does_not_parse_is_told_by_its_tokens() -> None:
    assert code("int f(int x) { return x; } # one") == code("int f(int x) {\n  return x;\n}")
    assert code("int f(int x)") != code("int f(int y)")


HOSTILE = {
    "brackets": "(" * 9000 + ")" * 9000,
    "a few brackets too many": "(" * 180 + "1" + ")" * 180,
    "signs": "-" * 19000 + "1",
    "signs apart": "~ \\\n" * 4000 + "1",
    "not": "not " * 4900 + "x",
    "lambdas": "lambda:" * 2800 + "1",
    "conditions": "1 if 1 else " * 1600 + "1",
    "sums": "1+" * 9000 + "1",
    "powers": "1**" * 6000 + "1",
    "attributes": "a" + ".b" * 9000,
    "calls": "a" + "()" * 6000,
    "elif": "if 1:\n a\n" + "elif 1:\n a\n" * 1500,
    "blocks": "".join(" " * depth + "if 1:\n" for depth in range(99)) + " " * 99 + "pass",
    "functions": "".join(" " * at + f"def f{at}(a{at}):\n" for at in range(90)) + " " * 90 + "pass",
    "a long number": "9" * 19000,
    "blanks": "1" + " " * 100_000 + "2",
    "fractions": "\\frac{1" * 9000,
    "a zero byte": "a\0b",
    "a lone surrogate": "'\ud800'",
    "bad escapes": "'\\d'\n" * 100,
    "a megabyte": "x = 1\n" * 200_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_code_is_told_apart_in_time(text: str) -> None:
    started = time.process_time()
    assert code(text)
    assert equations(text)
    assert time.process_time() - started < 5


def test_long_code_is_not_parsed() -> None:
    text = "def f(x): return x\n" * (LONGEST // 19 + 1)
    assert code(text) != code(text.replace("x", "y"))
    assert code(text[: LONGEST // 2 // 19 * 19]) == code(text[: LONGEST // 2 // 19 * 19].replace("x", "y"))


@given(st.text())
def test_any_text_has_a_key(text: str) -> None:
    assert code(text) == code(text)
    assert equations(text) == equations(text)
