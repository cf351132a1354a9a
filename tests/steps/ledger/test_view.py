"""What counts: the latest verdict, and the problems that the source still has."""

from __future__ import annotations

from pathlib import Path

from support.ledgers import FINGERPRINT, VERIFIER

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.schema import Row, event_row, now, verdict_row
from winnow.steps.ledger.view import BACK, LEFT, departed, latest_verdicts
from winnow.verifiers import Verdict


def verdict(completion: str, found: Verdict, at: int) -> Row:
    return verdict_row("p", completion, found, VERIFIER, FINGERPRINT, "r", at)


def test_the_latest_verdict_counts(tmp_path: Path) -> None:
    ledger, at = Ledger(tmp_path), now()
    ledger.commit({"verdicts": [verdict("a", Verdict.passed(), at + 5), verdict("b", Verdict.passed(), at)]})
    ledger.commit(
        {"verdicts": [verdict("a", Verdict.error("broke"), at), verdict("b", Verdict.failed("no"), at + 1)]}
    )
    found = latest_verdicts(ledger, FINGERPRINT).collect()
    assert dict(found.select("completion", "status").iter_rows()) == {"a": "pass", "b": "fail"}
    assert latest_verdicts(ledger, "another").collect().is_empty()


def test_a_problem_may_leave_and_come_back(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    for kind, problem in ((LEFT, "a"), (LEFT, "b"), (BACK, "a"), (LEFT, "c"), (BACK, "c"), (LEFT, "c")):
        ledger.commit({"events": [event_row(kind, problem, {}, "r")]})
    assert sorted(departed(ledger).collect()["problem"]) == ["b", "c"]
