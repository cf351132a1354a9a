"""The `build` part of a recipe."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from winnow.steps.select.config import (
    CandidatesConfig,
    GrpoConfig,
    KtoConfig,
    PreferenceConfig,
    RewardConfig,
    SftConfig,
    StepwiseConfig,
)


class BuildConfig(BaseModel):
    """Which datasets are built; without this part `sft` and `preference` are, with their defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    sft: SftConfig | None = None
    preference: PreferenceConfig | None = None
    kto: KtoConfig | None = None
    grpo: GrpoConfig | None = None
    reward: RewardConfig | None = None
    stepwise: StepwiseConfig | None = None
    candidates: CandidatesConfig | None = None

    @classmethod
    def both(cls) -> BuildConfig:
        return cls(sft=SftConfig(), preference=PreferenceConfig())
