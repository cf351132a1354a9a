"""`until`: what a problem is asked for, where that is no fixed number."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from winnow.verifiers.verdict import Status

_FROZEN = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)
MOST_AGREEING = 1000
"""How often a problem may be asked until its answers agree: their odds are worked out exactly."""


class Agree(BaseModel):
    """When answers agree well enough; nobody needs to know which is right.

    `confidence`: the most frequent answer is more likely than the next with this certainty
    (Adaptive-Consistency: Aggarwal et al. 2023, arXiv 2305.11860). `window`: so many answers in a row are
    the same, by windows that do not overlap (early-stopping self-consistency: Li et al. 2024, 2401.10480).
    """

    model_config = _FROZEN

    confidence: float | None = Field(default=None, gt=0.5, lt=1.0)
    window: int | None = Field(default=None, ge=2, le=100)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.confidence is None) == (self.window is None):
            raise ValueError("give either a confidence, as in `agree: 0.95`, or a `window`, such as 5")
        return self


def _agree(given: Any) -> Any:
    """A number alone is the confidence."""
    if isinstance(given, float | int) and not isinstance(given, bool):
        return {"confidence": given}
    if not isinstance(given, dict | Agree | None):
        raise ValueError("expected a confidence, such as 0.95, or a window, such as {window: 5}")
    return given


class Until(BaseModel):
    """How many distinct verified (`pass`) and refuted (`fail`) candidates a problem is asked for; or, where
    nobody knows what is right, how well its answers should `agree`.

    `give_up` is a rate: what turns up less often than that, with 95% certainty, is not looked for any more.
    """

    model_config = _FROZEN

    passed: int = Field(default=0, ge=0, le=100_000, alias="pass")
    """So many different answers that passed."""
    failed: int = Field(default=0, ge=0, le=100_000, alias="fail")
    """So many different answers that failed."""
    give_up: float = Field(default=0.0, ge=0.0, lt=1.0)
    agree: Annotated[Agree | None, BeforeValidator(_agree)] = None
    """Instead: until the answers agree; a number is its `confidence`."""

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if self.agree is not None and (self.passed or self.failed or self.give_up):
            raise ValueError(
                "`agree` stands alone: `pass`, `fail` and `give_up` count verdicts. Leave one out"
            )
        if self.agree is None and self.passed + self.failed == 0:
            raise ValueError("ask for at least one pass or one fail, or for answers that agree")
        return self

    @property
    def most(self) -> dict[Status, int]:
        """How many of each status count."""
        return {Status.PASS: self.passed, Status.FAIL: self.failed}

    @property
    def least(self) -> int:
        """How many completions there must be at least."""
        if self.agree is not None:
            return self.agree.window or 2
        return self.passed + self.failed
