"""Where the last number of a text is, and what it is worth."""

from __future__ import annotations

from fractions import Fraction

import pytest

from winnow.verifiers.golden.numerals import last_number, only_number


@pytest.mark.parametrize(
    ("text", "found", "value"),
    [
        ("42", "42", 42),
        ("first 1, then 2.", "2", 2),
        ("it is -42.", "-42", -42),
        ("it is −42", "−42", -42),
        ("x=-5", "-5", -5),
        ("(-5)", "-5", -5),
        (r"\boxed{-5}", "-5", -5),
        ("10-5", "5", 5),
        ("10 - 5", "5", 5),
        ("- 5 apples", "5", 5),
        ("50%-60%", "60", 60),
        ("GPT-4", "4", 4),
        ("1,234.50", "1,234.50", Fraction("1234.5")),
        ("1,234,567", "1,234,567", 1234567),
        ("1_000", "1_000", 1000),
        ("1\u202f000", "1\u202f000", 1000),
        ("1,2,3", "3", 3),
        ("1,23", "23", 23),
        ("1,234,5678", "5678", 5678),
        ("1.2.3", "3", 3),
        (".5", ".5", Fraction(1, 2)),
        ("-.5", "-.5", Fraction(-1, 2)),
        ("It is 3.14.", "3.14", Fraction("3.14")),
        ("$5", "$5", 5),
        ("-$5", "-$5", -5),
        ("$-5", "$-5", -5),
        (r"\$1,000", r"\$1,000", 1000),
        ("€ 5", "€ 5", 5),
        ("USD42", "42", 42),
        ("99%.", "99", 99),
        ("1e5", "1e5", 100000),
        ("1.5E-3", "1.5E-3", Fraction("0.0015")),
        ("3 x 10^8", "3 x 10^8", 300000000),
        ("3×10⁸", "3×10⁸", 300000000),
        (r"3 \times 10^{-2}", r"3 \times 10^{-2}", Fraction(3, 100)),
        ("10^8", "10^8", 100000000),
        ("2^{10}", "2^{10}", 1024),
        ("(2^10)", "2^10", 1024),
        ("(3 x 10^{2})", "3 x 10^{2}", 300),
        ("3/4", "3/4", Fraction(3, 4)),
        ("-3/4", "-3/4", Fraction(-3, 4)),
        ("1 1/2", "1 1/2", Fraction(3, 2)),
        ("1/2/3", "3", 3),
        ("2024/05/01", "01", 1),
        ("3/4.5", "4.5", Fraction("4.5")),
        ("½", "½", Fraction(1, 2)),
        ("2½", "2½", Fraction(5, 2)),
        (r"\frac{3}{4}", r"\frac{3}{4}", Fraction(3, 4)),
        (r"-\dfrac{3}{4}$", r"-\dfrac{3}{4}", Fraction(-3, 4)),
        (r"1\frac{1}{2}", r"1\frac{1}{2}", Fraction(3, 2)),
        ("**42**", "42", 42),
        ("#### 18", "18", 18),
        ("７２", "７２", 72),
        ("٣٤", "٣٤", 34),
        ("12 cm^2", "12", 12),
        ("7 liters of H2O", "7", 7),
        ("x_1 is 5 and x_{12}", "5", 5),
        ("5 in v1.2.3", "5", 5),
        ("42m2", "42", 42),
        ("答案是42。", "42", 42),
        ("12:30", "30", 30),
    ],
)
def test_the_last_number_is_found_and_exact(text: str, found: str, value: Fraction | int) -> None:
    number = last_number(text)
    assert number is not None
    assert (number.text, number.value) == (found, value)


@pytest.mark.parametrize(
    "text", ["", " ", "none", "H2O", "v1.2", "x^2", "x_1", "²", "e", ".", "-", "$", "1" * 0]
)
def test_what_is_no_number_is_not_taken_for_one(text: str) -> None:
    assert last_number(text) is None


@pytest.mark.parametrize("text", ["3/0", "1e99999999999999999999999", "0^-1", "123456789^12345"])
def test_what_is_beyond_arithmetic_is_found_and_has_no_value(text: str) -> None:
    number = last_number(f"it is {text}")
    assert number is not None
    assert (number.text, number.value) == (text, None)


@pytest.mark.parametrize("gap", [0, 50, 61, 199, 5_000, 25_000])
@pytest.mark.parametrize("filler", ["word ", "x,", "-", "( ", "é"])
def test_what_stands_around_does_not_move_it(gap: int, filler: str) -> None:
    around = (filler * gap)[:gap]
    for told, value in (
        ("-1,234.5", Fraction("-1234.5")),
        (r"\frac{1}{3}", Fraction(1, 3)),
        ("1 1/2", Fraction(3, 2)),
        ("3 / 4", Fraction(3, 4)),
        ("3 × 10^8", 300_000_000),
    ):
        for text in (f"{around} 7; {around} {told} {around}", f"7{around.replace(' ', '')}({told})"):
            number = last_number(text)
            assert number is not None
            assert (number.text, number.value) == (told, value)


@pytest.mark.parametrize("behind", ["CO2, ", "x_1 ", "m^2;", "v1.2.3 "])
def test_digits_that_are_no_number_hide_none(behind: str) -> None:
    number = last_number("7 is it, " + behind * 1000)
    assert number is not None
    assert (number.text, number.value) == ("7", 7)


def test_one_number_and_no_more() -> None:
    assert only_number("72") == last_number("72")
    assert only_number("1 or 2") is None
    assert only_number("none") is None
