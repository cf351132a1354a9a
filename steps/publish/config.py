"""The `publish` part of a recipe."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from winnow.steps.review.config import ArgillaConfig


class PublishConfig(BaseModel):
    """Where builds go: `argilla`, for people to review."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    argilla: ArgillaConfig | None = None
