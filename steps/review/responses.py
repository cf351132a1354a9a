"""What a server says of records and their responses, read with nothing taken for granted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from winnow.steps.ledger.reviews import Review
from winnow.steps.records import clean_text
from winnow.steps.review.forms import RATINGS
from winnow.steps.review.subjects import Subject

_STATUSES = ("submitted", "draft", "discarded")
_BETTER = {"a": "first", "b": "second", "tie": "tie"}
_RIGHT: dict[str, tuple[bool | None, bool | None]] = {
    "yes": (True, None),
    "no": (False, None),
    "a": (True, False),
    "b": (False, True),
    "both": (True, True),
    "neither": (False, False),
}
_PAIRS = ("a", "b", "both", "neither")
_LONGEST = 10_000  # characters of a comment


def reviews_of(
    record: Mapping[str, Any], subject: Subject, problem: str, dataset: str, hashed: Callable[[str], str]
) -> list[Review]:
    """All responses to a record: submitted, half filled in, or discarded; whatever is no value of its
    question was not said.

    Args:
        hashed: makes a hash of a user's id.
    """
    metadata = record.get("metadata")
    how = metadata.get("chosen_by") if isinstance(metadata, Mapping) else None
    return [
        _review(
            response, subject, problem, dataset, clean_text(how) if isinstance(how, str) else None, hashed
        )
        for response in record.get("responses") or []
        if isinstance(response, Mapping) and response.get("status") in _STATUSES
    ]


def _review(
    response: Mapping[str, Any],
    subject: Subject,
    problem: str,
    dataset: str,
    how: str | None,
    hashed: Callable[[str], str],
) -> Review:
    right = _said(response, "right")
    fits = isinstance(right, str) and (right in _PAIRS) == (subject.second is not None)
    first, second = _RIGHT.get(right, (None, None)) if fits else (None, None)
    better, rating, comment = (_said(response, name) for name in ("better", "rating", "comment"))
    return Review(
        problem=problem,
        subject=subject.subject,
        first=subject.first,
        second=subject.second,
        dataset=dataset,
        chosen_by=how,
        person=hashed(str(response.get("user_id"))),
        status=str(response["status"]),
        better=_BETTER.get(better) if subject.second is not None and isinstance(better, str) else None,
        first_right=first,
        second_right=second,
        rating=rating if type(rating) is int and rating in RATINGS else None,
        comment=(comment[:_LONGEST] or None) if isinstance(comment, str) else None,
        at=_time(response.get("updated_at") or response.get("inserted_at")),
    )


def _said(response: Mapping[str, Any], question: str) -> Any:
    """What was answered to a question; values may be null, as a whole or each."""
    values = response.get("values")
    one = values.get(question) if isinstance(values, Mapping) else None
    return one.get("value") if isinstance(one, Mapping) else None


def _time(told: Any) -> int:
    """Microseconds since 1970; the server's times are UTC and do not say so. 0 where it tells none."""
    try:
        at = datetime.fromisoformat(str(told))
    except ValueError:
        return 0
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return int((aware - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000_000)
