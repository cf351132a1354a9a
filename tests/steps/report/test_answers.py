"""Answers that nobody judged are counted, and nothing is said of right and wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.ledgers import FINGERPRINT, VERIFIER, write_ledger

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.schema import event_row, now, verdict_row
from winnow.steps.ledger.view import LEFT
from winnow.steps.report.answers import Answers, unjudged
from winnow.verifiers.verdict import Verdict


def write(root: Path, *groups: str) -> Ledger:
    """A ledger of problems `p0`, `p1`, ..., each of whose letters is an answer; `-` is none."""
    ledger, rows = Ledger(root), []
    for problem, answers in enumerate(groups):
        for at, letter in enumerate(answers):
            verdict = Verdict.skipped(
                "no answer" if letter == "-" else "", extracted=letter.strip("-") or None
            )
            rows.append(
                verdict_row(f"p{problem}", f"c{problem}.{at}", verdict, VERIFIER, FINGERPRINT, "r", now())
            )
    ledger.commit({"verdicts": rows})
    return ledger


def test_the_share_of_the_most_frequent(tmp_path: Path) -> None:
    ledger = write(tmp_path, "aaab", "aa-", "---")
    assert unjudged(ledger, FINGERPRINT) == Answers(2, 6, pytest.approx(0.875))
    ledger.commit({"events": [event_row(LEFT, "p0", {}, "r")]})
    assert unjudged(ledger, FINGERPRINT) == Answers(1, 2, 1.0)


def test_where_something_is_right_or_wrong_or_nothing_is_said(tmp_path: Path) -> None:
    assert unjudged(write_ledger(tmp_path / "judged", [[("s", "a"), ("f", "b")]]), FINGERPRINT) is None
    assert unjudged(write(tmp_path / "silent", "--"), FINGERPRINT) is None
    assert unjudged(Ledger(tmp_path / "empty"), FINGERPRINT) is None
