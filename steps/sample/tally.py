"""What counts of a problem's candidates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from winnow.steps.records import BLANK, Candidate
from winnow.steps.sample.until import Until
from winnow.verifiers.verdict import Status


class Tally(NamedTuple):
    """How many candidates were judged (trouble of ours is no judgement), and how many different texts of
    them passed and failed; one that is truncated or blank is neither."""

    asked: int = 0
    passed: int = 0
    failed: int = 0

    @classmethod
    def of(cls, candidates: Iterable[Candidate]) -> Tally:
        asked, texts = 0, {Status.PASS: set[str](), Status.FAIL: set[str]()}
        for one in candidates:
            if one.verdict is None or one.verdict.status is Status.ERROR:
                continue
            asked += 1
            if one.verdict.status in texts and not one.truncated and one.digest != BLANK:
                texts[one.verdict.status].add(one.digest)
        return cls(asked, len(texts[Status.PASS]), len(texts[Status.FAIL]))

    def missing(self, until: Until) -> tuple[int, int]:
        """How many that pass, and that fail, are still asked for.

        >>> Tally(asked=5, passed=4, failed=1).missing(Until.model_validate({"pass": 2, "fail": 2}))
        (0, 1)
        """
        return max(0, until.passed - self.passed), max(0, until.failed - self.failed)

    def kept(self, until: Until) -> int:
        """How many of them `until` asked for."""
        return min(self.passed, until.passed) + min(self.failed, until.failed)
