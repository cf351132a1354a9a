"""pass@k against its definition, and the table by family."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.ledgers import FINGERPRINT, write_ledger

from winnow.steps.report.coverage import coverage_by_family, pass_at_k


@given(st.integers(1, 9).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n))))
def test_pass_at_k_is_the_share_of_subsets_with_a_pass(case: tuple[int, int, int]) -> None:
    n, c, k = case
    subsets = list(combinations([True] * c + [False] * (n - c), k))
    assert pass_at_k(n, c, k) == pytest.approx(sum(any(one) for one in subsets) / len(subsets))


def test_pass_at_k_needs_k() -> None:
    with pytest.raises(ValueError, match="needs at least 5"):
        pass_at_k(4, 1, 5)


def test_the_table(tmp_path: Path) -> None:
    """One problem was asked twice and passed; the other four times, was cut off once, and never passed."""
    groups = [
        [("p", "a"), ("p", "b")],
        [("f", "c"), ("c", "d"), ("f", "e"), ("e", "f"), ("f", "g")],
    ]
    lines = coverage_by_family(write_ledger(tmp_path, groups), FINGERPRINT)
    assert [line.family for line in lines] == ["sums", "all"]
    every = lines[-1]
    assert (every.problems, every.completions, every.n) == (2, 6, 4)
    assert (every.pass_at_1, every.coverage) == (0.5, 0.5)


def test_stopping_early_does_not_bias_pass_at_1(tmp_path: Path) -> None:
    """Asked until one passed: c/n would say 0.75 and 0.2, the first completion alone says 1 and 0."""
    groups = [[("p", "a")], [("f", "b"), ("f", "c"), ("f", "d"), ("f", "e"), ("p", "f")]]
    every = coverage_by_family(write_ledger(tmp_path, groups), FINGERPRINT)[-1]
    assert every.pass_at_1 == 0.5
    assert every.coverage == 1.0


def test_an_empty_ledger_has_no_table(tmp_path: Path) -> None:
    assert coverage_by_family(write_ledger(tmp_path, []), FINGERPRINT) == []
