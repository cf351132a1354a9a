"""One entry of a recipe's `steps`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from winnow.steps.records import canonical, key_of
from winnow.verifiers.bridge.imports import code_of


class ForeignConfig(BaseModel):
    """A distilabel step by import path, with its own parameters.

    It is given each group after it was judged, as one row (`id`, `prompt`, `instruction`, `reference`,
    `metadata`, `candidates`, `generations`), and gives one row back; columns it adds are kept.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    step: str = Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$", description="module:Class")
    parameters: dict[str, Any] = Field(default_factory=dict)
    """What the step's constructor is given."""

    @property
    def fingerprint(self) -> str:
        """What tells the columns that it adds from all others: parameters, and the code of its module."""
        return key_of("step", canonical(self.model_dump(mode="json")), *code_of(self.step.partition(":")[0]))
