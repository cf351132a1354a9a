"""The `build` part of a recipe."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from winnow.steps.clean.config import CleanConfig
from winnow.steps.records import key_of
from winnow.steps.select.config import (
    CandidatesConfig,
    GrpoConfig,
    KtoConfig,
    PreferenceConfig,
    ReviewsConfig,
    RewardConfig,
    SftConfig,
    StepPreferenceConfig,
    StepwiseConfig,
)

TRAIN, VALIDATION, TEST = "train", "validation", "test"
_FROZEN = ConfigDict(extra="forbid", frozen=True, strict=True)
_DIGITS = 12  # of a hash, that decide


class SplitsConfig(BaseModel):
    """The shares of the problems that are held out; the rest is `train`.

    A problem's split follows from its prompt alone, by a hash: all its rows are in one split, it never moves
    when more is sampled, judged or added, and it is in the same split of every run that has it. `seed` deals
    anew.
    """

    model_config = _FROZEN

    validation: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Evaluated on while training."""
    test: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Left alone."""
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _leaves_some(self) -> Self:
        if self.validation + self.test >= 1.0:
            raise ValueError("`validation` and `test` leave nothing to train on: their sum must be below 1")
        return self

    @property
    def names(self) -> list[str]:
        """The splits that there are."""
        held = {VALIDATION: self.validation, TEST: self.test}
        return [TRAIN, *(name for name, share in held.items() if share)]

    def of(self, prompt: str) -> str:
        """The split of a problem with this prompt (the JSON of its messages).

        >>> [SplitsConfig(test=0.5).of(prompt) for prompt in ("[]", "[1]")]
        ['train', 'test']
        """
        if self.names == [TRAIN]:
            return TRAIN
        place = int(key_of("split", self.seed, prompt)[:_DIGITS], 16) / 16**_DIGITS
        if place < self.test:
            return TEST
        return VALIDATION if place < self.test + self.validation else TRAIN


class BoundsConfig(BaseModel):
    """What a build may be at most, else it is not put in place and the command ends with exit code 1.

    `longer_is_chosen` is how well a pair is told by length alone, by whichever of longer and shorter tells it
    better (.5: not at all). `easiest_quarter` is the share of rows that come from the quarter of problems
    with the highest pass rates.
    """

    model_config = _FROZEN

    longer_is_chosen: float | None = Field(default=None, ge=0.5, le=1.0)
    easiest_quarter: float | None = Field(default=None, gt=0.0, le=1.0)


class BuildConfig(BaseModel):
    """Which datasets are built; without this part `sft` and `preference` are, with their defaults."""

    model_config = _FROZEN

    sft: SftConfig | None = None
    """What passed, to finetune on."""
    preference: PreferenceConfig | None = None
    """Pairs of what passed and what failed, for DPO and its like."""
    kto: KtoConfig | None = None
    """What passed and what failed, each with its label."""
    grpo: GrpoConfig | None = None
    """Problems that are neither always nor never solved, for a policy that samples for itself."""
    reward: RewardConfig | None = None
    """Pairs for a reward model."""
    stepwise: StepwiseConfig | None = None
    """Completions in reasoning steps with proven labels."""
    step_preference: StepPreferenceConfig | None = None
    """Pairs of next steps, for Step-DPO."""
    candidates: CandidatesConfig | None = None
    """Everything that was judged."""
    reviews: ReviewsConfig | None = None
    """How far people's word counts; without it, for nothing."""
    clean: CleanConfig = Field(default_factory=CleanConfig)
    """What never becomes a row."""
    splits: SplitsConfig = Field(default_factory=SplitsConfig)
    """Which share of the problems is held out."""
    bounds: BoundsConfig = Field(default_factory=BoundsConfig)
    """How biased a build may be."""

    @classmethod
    def both(cls) -> BuildConfig:
        return cls(sft=SftConfig(), preference=PreferenceConfig())
