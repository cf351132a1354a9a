"""How long a store may be away, and what is said when it stays away."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from typing import TypeVar

from winnow.steps.errors import MissingError
from winnow.steps.secrets import redact

PATIENCE = 60.0
"""Seconds for which a store that fails or cannot be reached is asked again."""

_FIRST, _LONGEST = 0.1, 5.0  # seconds between two tries
_STATUS = re.compile(
    r"status code: (\d{3})|HTTP status (?:server|client) error \((\d{3})|\b(5\d\d|429|408) [A-Z]"
)
_CODE = re.compile(r"<Code>([A-Za-z]{1,60})</Code>")
_NOBODY = ("UnauthenticatedError", "PermissionDeniedError")
_AWAY = re.compile(
    r"connection refused|connection reset|timed? ?out|dns error|error sending request|closed", re.I
)

T = TypeVar("T")


def patient(call: Callable[[], T], patience: float | None = None) -> T:
    """What a call of a store brings; where the store fails for the moment it is asked again, later and later.

    Raises:
        Exception: the last failure, once `patience` seconds (`PATIENCE`) are over; any other at once.
    """
    until = time.monotonic() + (PATIENCE if patience is None else patience)
    wait = _FIRST
    while True:
        try:
            return call()
        except Exception as broken:
            if not is_passing(broken) or time.monotonic() + wait > until:
                raise
        time.sleep(wait * random.uniform(0.5, 1.0))
        wait = min(2 * wait, _LONGEST)


def is_passing(broken: BaseException) -> bool:
    """Whether the same request may well succeed later: the server is busy, broken, or away."""
    if type(broken).__name__ != "GenericError":  # obstore's for all that is no answer of S3's
        return False
    status = status_of(str(broken))
    return status is None or status in (408, 429) or status >= 500


def status_of(text: str) -> int | None:
    """The HTTP status that an error of one of the libraries tells of."""
    found = _STATUS.search(text)
    return int(next(group for group in found.groups() if group)) if found else None


def unreachable(url: str, broken: BaseException) -> MissingError:
    """What a user is told of a store that cannot be used: no XML, no secret, no request.

    >>> str(unreachable("s3://b/x", OSError("status code: 404 Not Found: <Code>NoSuchBucket</Code> ...")))
    "s3://b/x: there is no bucket 'b': make it, or see AWS_ENDPOINT_URL"
    """
    text = str(broken)
    code = found[1] if (found := _CODE.search(text)) else None
    status, name = status_of(text), type(broken).__name__
    if code == "NoSuchBucket" or (code is None and "bucket does not exist" in text):
        bucket = url.removeprefix("s3://").partition("/")[0]
        why = f"there is no bucket {bucket!r}: make it, or see AWS_ENDPOINT_URL"
    elif status in (401, 403) or name in _NOBODY or "lacked the necessary privileges" in text:
        why = (
            f"the store refuses these credentials ({code or status or 'no permission'}): see "
            "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, and what they may do there"
        )
    elif status is not None:
        why = f"the store answers {status}{f' {code}' if code else ''}"
    elif away := _AWAY.search(text):
        why = f"the store cannot be reached ({away[0].lower()}): see the network and AWS_ENDPOINT_URL"
    else:
        why = redact((text.splitlines() or [name])[0])[:300]
    return MissingError(f"{url}: {why}")
