"""What a verifier says of one completion."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """`pass` and `fail` are ground truth; `error` is trouble of ours; `skip` is "does not apply"."""

    PASS = "pass"
    FAIL = "fail"
    ERROR = "error"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of one check: `score` lies in [0, 1] and is None unless the status is pass or fail.

    >>> Verdict.passed(extracted="42")
    Verdict(status=<Status.PASS: 'pass'>, score=1.0, reason='', extracted='42')
    >>> Verdict.failed("41 is not 42", extracted="41").score
    0.0
    """

    status: Status
    score: float | None = None
    reason: str = ""
    extracted: str | None = None

    @classmethod
    def passed(cls, reason: str = "", *, extracted: str | None = None) -> Verdict:
        return cls(Status.PASS, 1.0, reason, extracted)

    @classmethod
    def failed(cls, reason: str, *, extracted: str | None = None, score: float = 0.0) -> Verdict:
        return cls(Status.FAIL, score, reason, extracted)

    @classmethod
    def error(cls, reason: str) -> Verdict:
        return cls(Status.ERROR, None, reason)

    @classmethod
    def skipped(cls, reason: str) -> Verdict:
        return cls(Status.SKIP, None, reason)
