"""The ways in which a request fails, and which of them another try may heal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from winnow.steps.engine.words import complaint, plain

_PASSING = frozenset({408, 409, 425, 429})
_DENIED = frozenset({401, 402, 403})
_LONGEST_WISH = 120.0
_TOO_LONG = re.compile(
    r"context.?(length|size|window)|(prompt|input|request|text)\b.{0,40}\btoo (long|large)"
    r"|longer than the max|max\w* (model|input|sequence) len",
    re.IGNORECASE,
)


class Trouble(Exception):
    """A request that was not answered; the message says why, and holds nothing secret."""


class Absent(Trouble):
    """No connection could be made: nobody is there."""


class Passing(Trouble):
    """Worth another try. `after` is how many seconds the server asked us to wait."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class Rejected(Trouble):
    """The server will not answer this request, however often it is asked."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"the server refused the request (HTTP {status}): {said}")
        self.status = status
        self.said = said


class TooLong(Rejected):
    """It is more than the model can read."""


class Denied(Rejected):
    """The server answers, but not to us: the key is wrong, or nothing is left to pay with."""


def of_status(status: int, headers: Mapping[str, str], body: bytes) -> Trouble:
    """The trouble that an answer with this status is.

    >>> of_status(503, {"Retry-After": "7"}, b"loading").after
    7.0
    >>> type(of_status(422, {}, b"")).__name__, type(of_status(401, {}, b"")).__name__
    ('Rejected', 'Denied')
    >>> type(of_status(400, {}, b"This model's maximum context length is 4096 tokens.")).__name__
    'TooLong'
    >>> type(of_status(400, {}, b"n is too large: it exceeds the maximum of 8")).__name__
    'Rejected'
    """
    said = complaint(body)
    if status in _DENIED or (status == 429 and b"insufficient_quota" in body[:10_000]):
        return Denied(status, said)
    if 300 <= status < 400:
        return Rejected(status, f"it sends us on to {plain(headers.get('Location', 'nowhere'))!r}")
    if status in _PASSING or (status >= 500 and status != 501):
        return Passing(f"HTTP {status}: {said}", wish(headers.get("Retry-After")))
    if status in (400, 413, 422) and _TOO_LONG.search(said):
        return TooLong(status, said)
    return Rejected(status, said)


def wish(text: str | None, now: datetime | None = None) -> float | None:
    """Seconds to wait by a Retry-After header (RFC 9110, 10.2.3): a number or a date, two minutes at most.

    >>> wish("1.5"), wish("86400"), wish("soon"), wish(None)
    (1.5, 120.0, None, None)
    >>> wish("Wed, 21 Oct 2015 07:28:10 GMT", datetime(2015, 10, 21, 7, 28, tzinfo=UTC))
    10.0
    """
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            when = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        seconds = (when - (now or datetime.now(UTC))).total_seconds()
    return min(max(0.0, seconds), _LONGEST_WISH) if seconds == seconds else None
