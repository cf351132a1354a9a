"""How far the verdicts of a run can be trusted."""

from __future__ import annotations

import json

import numpy as np
import polars as pl

from winnow.steps.ledger import Ledger
from winnow.steps.report.agreement import Agreement, Share
from winnow.steps.report.curves import rounded
from winnow.steps.report.model import Audit, Disagreement

GOLDS = "golds_checked"
"""The kind of event that tells how many golden answers a run tried, and how many passed; of a verifier, by
its fingerprint."""


def audit_of(
    ledger: Ledger,
    verifier: str,
    version: str,
    fingerprint: str,
    rewards: pl.DataFrame,
    people: Agreement | None = None,
) -> Audit:
    """What golden answers, rewards and people say of a verifier.

    Args:
        rewards: of what passed or failed: columns reward, passed.
        people: how far they agree with the verdicts, where they were asked.
    """
    precision = people.precision if people else Share(0, 0)
    low, high = precision.interval
    events = ledger.scan("events").filter((pl.col("kind") == GOLDS) & (pl.col("subject") == fingerprint))
    last = events.sort("created_at", "id").tail(1).select("data").collect()
    golds = json.loads(last.item()) if last.height else {}
    return Audit(
        verifier=verifier,
        version=version,
        golds=golds.get("golds"),
        golds_passed=golds.get("passed"),
        reviewed=people.counts.total() if people else 0,
        precision=rounded(precision.hits / precision.of) if precision.of else None,
        precision_low=rounded(low) if precision.of else None,
        precision_high=rounded(high) if precision.of else None,
        reward=disagreement(rewards),
    )


def disagreement(rewards: pl.DataFrame) -> Disagreement | None:
    """Verdict against reward; None where not both passes and fails have rewards."""
    known = rewards.filter(pl.col("reward").is_not_nan())
    right, wrong = (known.filter(pl.col("passed") == passed)["reward"] for passed in (True, False))
    if not len(right) or not len(wrong):
        return None
    return Disagreement(
        auc=rounded(auc(right, wrong)),
        mean_pass=rounded(right.sort().mean()),  # type: ignore[arg-type]
        mean_fail=rounded(wrong.sort().mean()),  # type: ignore[arg-type]
        completions=known.height,
    )


def auc(right: pl.Series, wrong: pl.Series) -> float:
    """How often one of `right` is greater than one of `wrong`, of all pairs; of equal ones half.

    Exact, by ranks (Mann and Whitney 1947).

    >>> auc(pl.Series([0.9, 0.4]), pl.Series([0.4, 0.1]))
    0.875
    """
    ranks = pl.concat([right, wrong]).rank("average").to_numpy()
    count, other = len(right), len(wrong)
    above = float(np.sum(ranks[:count])) - count * (count + 1) / 2
    return above / (count * other)
