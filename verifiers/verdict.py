"""What a verifier says of one completion."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LONGEST = 200
"""Characters that a reason, or what was extracted, may have: a completion may be a megabyte."""


class Status(StrEnum):
    """`pass` and `fail` are ground truth; `error` is trouble of ours; `skip` is "does not apply"."""

    PASS = "pass"
    FAIL = "fail"
    ERROR = "error"
    SKIP = "skip"


def cut(text: str, longest: int = LONGEST) -> str:
    """`text`, or its beginning with an ellipsis where it is longer than `longest` characters.

    >>> cut("12345", 4)
    '123…'
    """
    return text if len(text) <= longest else text[: longest - 1] + "…"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of one check: `score` lies in [0, 1] and is None unless the status is pass or fail.

    `reason` and `extracted` are cut to 200 characters. They may quote the completion, so whoever shows
    them in a terminal escapes them.

    >>> Verdict.passed(extracted="42")
    Verdict(status=<Status.PASS: 'pass'>, score=1.0, reason='', extracted='42')
    >>> Verdict.failed("41 is not 42", extracted="41").score
    0.0
    """

    status: Status
    score: float | None = None
    reason: str = ""
    extracted: str | None = None

    def __post_init__(self) -> None:
        if len(self.reason) > LONGEST:
            object.__setattr__(self, "reason", cut(self.reason))
        if self.extracted is not None and len(self.extracted) > LONGEST:
            object.__setattr__(self, "extracted", cut(self.extracted))

    @classmethod
    def passed(cls, reason: str = "", *, extracted: str | None = None, score: float = 1.0) -> Verdict:
        return cls(Status.PASS, score, reason, extracted)

    @classmethod
    def failed(cls, reason: str, *, extracted: str | None = None, score: float = 0.0) -> Verdict:
        return cls(Status.FAIL, score, reason, extracted)

    @classmethod
    def error(cls, reason: str) -> Verdict:
        return cls(Status.ERROR, None, reason)

    @classmethod
    def skipped(cls, reason: str) -> Verdict:
        return cls(Status.SKIP, None, reason)
