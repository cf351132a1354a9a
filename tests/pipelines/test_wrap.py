"""Lines of a terminal hold what they were given, fit its width, and steer nothing."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import get_character_cell_size

from winnow.pipelines.wrap import one_line, wrapped

HARD = " \t\n\r\x1b\x07\u202e\u2066\u200b\u200d\u2028\u0301\ufeff日本👩é\u3164"
TEXTS = st.text(st.one_of(st.sampled_from(HARD), st.characters()), max_size=80)


def width(line: str) -> int:
    return sum(get_character_cell_size(char) for char in line)


@settings(deadline=None)
@given(TEXTS, st.integers(2, 40))
def test_lines_fit_and_steer_nothing(text: str, columns: int) -> None:
    for line in [*wrapped(text, columns), one_line(text, columns)]:
        assert width(line) <= columns
        assert all(unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for char in line)


@settings(deadline=None)
@given(st.text("ab  日", max_size=60), st.integers(2, 30))
def test_nothing_but_blanks_is_lost(text: str, columns: int) -> None:
    assert "".join(wrapped(text, columns)).replace(" ", "") == text.replace(" ", "")


@settings(deadline=None)
@given(st.text("abc \n", max_size=60))
def test_what_fits_is_as_it_was(text: str) -> None:
    assert list(wrapped(text, 80)) == text.split("\n")


def test_words_stay_whole_where_they_fit() -> None:
    assert list(wrapped("    if one and two:", 12)) == ["    if one", "and two:"]
    assert list(wrapped("abcdefgh ij", 4)) == ["abcd", "efgh", "ij"]


def test_a_pile_of_marks_is_low() -> None:
    assert one_line("e" + "\u0301" * 500, 80) == "e\u0301\u0301\u0301"


def test_a_huge_line_is_wrapped_at_once() -> None:
    assert sum(map(len, wrapped("x" * 1_000_000, 76))) == 1_000_000
    assert one_line("y" * 1_000_000, 10) == "y" * 9 + "…"
