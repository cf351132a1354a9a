"""How rows are chosen: the parts of `build` that name a dataset."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

RANKS = ("verdict", "reward", "length", "logprob")


class _Ranked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    per_problem: int = Field(default=2, gt=0)
    trust: Literal["verdict", "agreement"] = "verdict"
    rank_by: list[str] = Field(default_factory=lambda: ["verdict", "-length"])

    @field_validator("rank_by")
    @classmethod
    def _known(cls, keys: list[str]) -> list[str]:
        for key in keys:
            if key.removeprefix("-") not in RANKS:
                raise ValueError(f"{key!r} is no rank: use {', '.join(RANKS)}, with a - for the least first")
        return keys


class SftConfig(_Ranked):
    """At most `per_problem` verified completions of a problem, the best by `rank_by`.

    `trust: agreement` goes by CodeT's dual agreement instead of the verdicts, for tests that a model made.
    """


class PreferenceConfig(_Ranked):
    """At most `per_problem` pairs of a problem: the best verified against the worst refuted one, and on."""

    rule: Literal["best_vs_worst"] = "best_vs_worst"
