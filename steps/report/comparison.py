"""A comparison as data: what `winnow compare --json` prints, and its tables are made of.

Shares are of 0 to 1, intervals the 95% ones; `None` means: not known.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Measured(_Told):
    """A figure of both runs, and by how much the second is higher, with its paired bootstrap interval (none
    of less than five problems, nor where all of them differ by as much), p-value, and the p-value after
    Holm's correction for all of its table."""

    problems: int
    first: float
    second: float
    difference: float
    low: float | None
    high: float | None
    p: float
    holm: float


class AtK(Measured):
    """Pass@k: `unbiased`, or whether the first k completions had a pass, where asking stopped early."""

    k: int
    taken: Literal["unbiased", "first"]


class Slice(Measured):
    """Pass@1 of the problems with one value of a metadata column, and how many the second run won."""

    value: str
    wins: int
    losses: int
    ties: int


class Bill(_Told):
    """What the common problems took: tokens with prompts, cost in the currency of the recipe's prices."""

    completions: int
    solved: int
    tokens: int
    cost: float | None
    tokens_per_solved: float | None
    cost_per_solved: float | None


class Comparison(_Told):
    """A run (`second`) against the `first` that was named.

    `wins` are problems of which the second has a higher pass@1. `solved_by` counts problems with a pass of
    `both`, of `first` or `second` alone, of `neither`.
    """

    first: str
    second: str
    problems: int
    by_id: int
    only_first: int
    only_second: int
    unjudged: int
    """Asked by both, and of one of them nothing was judged."""
    at_k: list[AtK]
    wins: int
    losses: int
    ties: int
    solved_by: dict[str, int]
    bill_first: Bill
    bill_second: Bill
    by: dict[str, list[Slice]]
    notes: list[str]
    verdict: str
    own_verifiers: bool = False
    """Whether they were judged by different verifiers, each by its own."""
    recipe: dict[str, tuple[str, str]] = Field(default_factory=dict)
    """What differs: key of the recipe, and both values as JSON."""
