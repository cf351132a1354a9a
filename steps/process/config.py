"""The `label` part of a recipe."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

MOST_STEPS = 256
"""An answer of more reasoning steps is not labelled: it is no reasoning any more."""


class LabelConfig(BaseModel):
    """Which reasoning steps are good: asked of the model itself, by going on from them.

    Of each problem that was solved at least once, the first `per_problem` answers that failed are labelled.
    A step is good where one of at most `rollouts` completions that go on from it passes (the hard label of
    Wang et al. 2023, "Math-Shepherd", arXiv 2312.08935). `binary` looks for the first bad step by halves, and
    asks no more of a step once one has passed (Luo et al. 2024, "OmegaPRM", arXiv 2406.06592); `exhaustive`
    asks all `rollouts` of every step, which also gives the share of them that passed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    rollouts: int = Field(default=16, gt=0, le=1024)
    """Completions that go on from one beginning, at most."""
    method: Literal["binary", "exhaustive"] = "binary"
    """`binary` looks for the first bad step by halves; `exhaustive` asks all of every step."""
    per_problem: int = Field(default=4, gt=0)
    """Answers of a problem that are labelled, at most: the first that failed."""
