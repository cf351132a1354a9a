"""What people said of completions: a row a person, a subject and a time."""

from __future__ import annotations

from dataclasses import dataclass

from winnow.steps.ledger.clock import now
from winnow.steps.ledger.schema import Row
from winnow.steps.records import clean_text, key_of
from winnow.steps.secrets import redact


@dataclass(frozen=True, slots=True)
class Review:
    """What one person said of one completion, or of two of them (`second`), at one time.

    `better` is `first`, `second` or `tie`; what is None was not said. `at` is microseconds since 1970.
    """

    problem: str
    subject: str
    first: str
    second: str | None
    dataset: str
    chosen_by: str | None
    person: str
    status: str
    better: str | None
    first_right: bool | None
    second_right: bool | None
    rating: int | None
    comment: str | None
    at: int


def review_row(review: Review, run: str) -> Row:
    """A review; said again at another time it is another one, and the last one counts."""
    comment = None if review.comment is None else clean_text(redact(review.comment))
    told = (
        review.status,
        review.better,
        review.first_right,
        review.second_right,
        review.rating,
        comment,
        review.at,
    )
    asked = (review.subject, review.first, review.second, review.dataset, review.chosen_by, review.person)
    key = key_of("review", review.subject, review.first, review.dataset, review.person, *told)
    return (key, review.problem, *asked, *told, run, now())
