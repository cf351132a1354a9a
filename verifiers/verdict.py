"""What a verifier says of one completion."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Self

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


class _Fields(NamedTuple):
    status: Status
    score: float | None = None
    reason: str = ""
    extracted: str | None = None
    results: str = ""


class Verdict(_Fields):
    """The result of one check: `score` lies in [0, 1] and is None unless the status is pass or fail.

    `reason` and `extracted` are cut to 200 characters. They may quote the completion, so whoever shows
    them in a terminal escapes them. `results`, of a verifier that runs several tests, has a digit for each
    of them, 1 where it passed.

    >>> Verdict.passed(extracted="42")
    Verdict(status=<Status.PASS: 'pass'>, score=1.0, reason='', extracted='42', results='')
    >>> Verdict.failed("41 is not 42", extracted="41").score
    0.0
    """

    __slots__ = ()  # a tuple: there is one for every completion, and a frozen dataclass takes twice as long

    def __new__(
        cls,
        status: Status,
        score: float | None = None,
        reason: str = "",
        extracted: str | None = None,
        results: str = "",
    ) -> Self:
        if len(reason) > LONGEST:
            reason = cut(reason)
        if extracted is not None and len(extracted) > LONGEST:
            extracted = cut(extracted)
        return tuple.__new__(cls, (status, score, reason, extracted, results))

    @classmethod
    def passed(
        cls, reason: str = "", *, extracted: str | None = None, score: float = 1.0, results: str = ""
    ) -> Verdict:
        return cls(Status.PASS, score, reason, extracted, results)

    @classmethod
    def failed(
        cls, reason: str, *, extracted: str | None = None, score: float = 0.0, results: str = ""
    ) -> Verdict:
        return cls(Status.FAIL, score, reason, extracted, results)

    @classmethod
    def error(cls, reason: str) -> Verdict:
        return cls(Status.ERROR, None, reason)

    @classmethod
    def skipped(cls, reason: str, *, extracted: str | None = None) -> Verdict:
        return cls(Status.SKIP, None, reason, extracted)
