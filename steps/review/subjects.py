"""What people are shown: one completion, or two of them in an order that says nothing."""

from __future__ import annotations

from dataclasses import dataclass

from winnow.steps.records import key_of


@dataclass(frozen=True, slots=True)
class Subject:
    """What a record is of: a completion, or two (ids), `first` being the one that is shown first, as A."""

    subject: str
    first: str
    second: str | None = None


def pair_of(one: str, other: str) -> Subject:
    """Two completions as they are shown. Neither their order nor the key tells which of them was chosen.

    >>> pair_of("aa", "bb") == pair_of("bb", "aa")
    True
    """
    low, high = sorted((one, other))
    first, second = (low, high) if int(key_of("shown first", low, high)[-1], 16) % 2 else (high, low)
    return Subject(f"{low}-{high}", first, second)


def subject_of(told: str) -> Subject:
    """The subject that a record's external id names.

    >>> subject_of(pair_of("aa", "bb").subject) == pair_of("aa", "bb"), subject_of("aa").second
    (True, None)
    """
    one, _, other = told.partition("-")
    return pair_of(one, other) if other else Subject(one, one)
