"""Mutants: each kind where it applies, and never the gold itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.verifiers.mutants import code_mutants, mutants


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("3", {"number": "4", "magnitude": "30", "sign": "-3"}),
        ("0", {"number": "1"}),
        ("199", {"number": "198", "magnitude": "1990", "sign": "-199"}),
        ("-2.5", {"number": "-2.6", "magnitude": "-25", "sign": "2.5"}),
        ("1,000", {"number": "1,001", "sign": "-1,000"}),
        (r"10{,}080", {"number": r"10{,}081", "sign": r"-10{,}080"}),
        (r"\frac{1}{2}", {"number": r"\frac{1}{3}", "magnitude": r"\frac{1}{20}", "sign": r"\frac{-1}{2}"}),
        (r"\pm 5", {"number": r"\pm 6", "magnitude": r"\pm 50"}),
        (
            r"5\text{ cm}",
            {
                "number": r"6\text{ cm}",
                "magnitude": r"50\text{ cm}",
                "sign": r"-5\text{ cm}",
                "unit": r"5\text{ km}",
            },
        ),
        ("2 hours", {"number": "3 hours", "magnitude": "20 hours", "sign": "-2 hours", "unit": "2 days"}),
        ("B", {"choice": "C"}),
        ("(E)", {"choice": "(D)"}),
        ("Paris", {}),
        ("", {}),
        ("7" * 30_000, {}),
    ],
)
def test_what_becomes_of_an_answer(answer: str, expected: dict[str, str]) -> None:
    assert dict(mutants(answer)) == expected


@given(st.text(st.sampled_from("0123456789.-,{}()\\ cmkABC%$x^"), max_size=30))
def test_a_mutant_is_never_its_gold(answer: str) -> None:
    assert all(text != answer for _, text in mutants(answer))


def test_code_is_off_by_one_in_one_place_each() -> None:
    gold = "def f(n):\n    if n < 2:\n        return 1\n    return n * f(n - 1)"
    assert [(kind, text.splitlines()) for kind, text in code_mutants(gold)] == [
        ("comparison", ["def f(n):", "    if n <= 2:", "        return 1", "    return n * f(n - 1)"]),
        ("off by one", ["def f(n):", "    if n < 3:", "        return 1", "    return n * f(n - 1)"]),
        ("off by one", ["def f(n):", "    if n < 2:", "        return 2", "    return n * f(n - 1)"]),
        ("off by one", ["def f(n):", "    if n < 2:", "        return 1", "    return n * f(n - 2)"]),
    ]


def test_code_between_fences_stays_between_them() -> None:
    ((kind, text),) = code_mutants("Here:\n```python\nx = 1\n```\nDone.")
    assert (kind, text) == ("off by one", "Here:\n```python\nx = 2\n```\nDone.")


@pytest.mark.parametrize("gold", ["no code at all!", "x = " + "(" * 5000, "x = 'a'", "#" * 30_000, "a\0b"])
def test_what_is_no_program_has_no_mutants(gold: str) -> None:
    assert list(code_mutants(gold)) == []
