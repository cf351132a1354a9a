"""`search`, in the `sample` part of a recipe."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from winnow.steps.sample.search.optimal_config import ComputeOptimalConfig
from winnow.steps.sample.search.revising import ReviseConfig
from winnow.steps.sample.search.stepwise import (
    BeamConfig,
    BestOfConfig,
    DvtsConfig,
    GreedyConfig,
    LookaheadConfig,
    ParticleConfig,
)

AnySearch = Annotated[
    BestOfConfig
    | BeamConfig
    | LookaheadConfig
    | DvtsConfig
    | GreedyConfig
    | ParticleConfig
    | ReviseConfig
    | ComputeOptimalConfig,
    Field(discriminator="type"),
]
