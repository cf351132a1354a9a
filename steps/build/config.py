"""The `build` part of a recipe."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from winnow.steps.select.config import PreferenceConfig, SftConfig


class BuildConfig(BaseModel):
    """Which datasets are built; without this part both are, with their defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    sft: SftConfig | None = None
    preference: PreferenceConfig | None = None

    @classmethod
    def both(cls) -> BuildConfig:
        return cls(sft=SftConfig(), preference=PreferenceConfig())
