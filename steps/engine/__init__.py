"""Engines: whatever answers. All of them speak the OpenAI HTTP protocol, or replay what one said.

`AnyEngine` is what a recipe may hold under `sample.engine`: a frozen model told apart by `type`, whose
`engine(log_dir)` gives an engine that has not started. Reading a recipe loads no HTTP client.
"""

from typing import Annotated

from pydantic import Field

from winnow.steps.engine.batch.config import BatchConfig
from winnow.steps.engine.endpoint import EndpointConfig
from winnow.steps.engine.llamacpp import LlamacppConfig
from winnow.steps.engine.pool import PoolConfig
from winnow.steps.engine.replay import ReplayConfig
from winnow.steps.engine.vllm import VllmConfig

AnyEngine = Annotated[
    EndpointConfig | LlamacppConfig | VllmConfig | PoolConfig | BatchConfig | ReplayConfig,
    Field(discriminator="type"),
]

__all__ = [
    "AnyEngine",
    "BatchConfig",
    "EndpointConfig",
    "LlamacppConfig",
    "PoolConfig",
    "ReplayConfig",
    "VllmConfig",
]
