"""Rewards: what a scorer says of a completion, and how stored ones become one number."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

Aggregate = Literal["last", "min", "prod", "mean", "sum"]
Combine = Literal["mean", "min", "majority"]


def is_number(value: Any) -> bool:
    """Whether a value of some JSON is a number that a reward can be: finite, and none beyond all floats.

    >>> is_number(1), is_number(float("nan")), is_number(10**400), is_number(True)
    (True, False, False, False)
    """
    return type(value) in (int, float) and -sys.float_info.max <= value <= sys.float_info.max


@dataclass(frozen=True, slots=True)
class Reward:
    """What a scorer says of one completion: a number for all of it, or one for each of its reasoning steps.

    A failed one is trouble of ours: `reason` says why, and the completion is scored again. So it is where
    one is `unpaid`: nobody was asked, since the budget is spent or the run ends at once. A judge's words are
    the `reason` of its reward.
    """

    value: float | None = None
    steps: tuple[float, ...] | None = None
    reason: str = ""
    failed: bool = False
    unpaid: bool = False

    def aggregated(self, aggregate: Aggregate) -> float | None:
        """The one number of it: of its step scores, where it has some."""
        if self.steps is None:
            return self.value
        if not self.steps:
            return None
        match aggregate:
            case "last":
                return self.steps[-1]
            case "min":
                return min(self.steps)
            case "prod":
                return math.prod(self.steps)
            case "mean":
                return math.fsum(self.steps) / len(self.steps)
            case "sum":
                return math.fsum(self.steps)

    @classmethod
    def error(cls, reason: str) -> Self:
        return cls(reason=reason, failed=True)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far the first of two texts is better than the second, from 0 to 1, as a judge says who was shown
    them in this order; None where it said nothing usable. A failed one is asked for again, as one that is
    `unpaid`."""

    score: float | None = None
    reason: str = ""
    failed: bool = False
    unpaid: bool = False

    @classmethod
    def error(cls, reason: str) -> Self:
        return cls(reason=reason, failed=True)


@dataclass(frozen=True, slots=True)
class Member:
    """A scorer (its fingerprint), and what becomes of the scores of its reasoning steps."""

    scorer: str
    aggregate: Aggregate = "last"


@dataclass(frozen=True, slots=True)
class Scoring:
    """Whose rewards count, and how those of several scorers become one. Nothing of it is stored with a
    reward: another `aggregate` or `combine` reads the same rows."""

    members: tuple[Member, ...]
    combine: Combine = "mean"
    weights: tuple[float, ...] | None = None

    @property
    def shares(self) -> list[float]:
        """What each member counts in the mean; nothing, where all count the same.

        >>> Scoring((Member("a"), Member("b")), weights=(3.0, -1.0)).shares
        [0.75, -0.25]
        """
        weights = self.weights or ()
        return [one / math.fsum(map(abs, weights)) for one in weights]

    def value(self, rewards: Mapping[str, Reward]) -> float | None:
        """The number that the rewards of one text are, by the fingerprint of their scorer: as `rewards_of`
        in `winnow.steps.ledger` has it, but for `majority`, which takes the whole group.

        >>> Scoring((Member("a", "min"),)).value({"a": Reward(steps=(0.5, 0.25))})
        0.25
        """
        values = [rewards[one.scorer].aggregated(one.aggregate) for one in self.members]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return None
        if self.combine == "min":
            return min(known)
        if shares := self.shares:
            return math.fsum(value * share for value, share in zip(known, shares, strict=True))
        return math.fsum(known) / len(known)

    @property
    def told(self) -> dict[str, Any]:
        """It as plain data; `combine` is left out where there is nothing to combine."""
        members = [asdict(member) for member in self.members]
        several = {"combine": self.combine} if len(members) > 1 else {}
        return {"scorers": members, **several, **({"weights": list(self.weights)} if self.weights else {})}
