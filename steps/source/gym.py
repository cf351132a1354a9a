"""`gym`: tasks of reasoning-gym, drawn from a seed."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from typing import Any, Literal

from pydantic import Field, field_validator

from winnow.steps.errors import MissingError, UsageError
from winnow.steps.records import BadRow, Problem, key_of
from winnow.steps.source.base import Source
from winnow.steps.source.values import json_value, nearest
from winnow.verifiers.bridge.gym import ASKED

_MISSING = "the source gym needs reasoning-gym: pip install 'winnow-data[gym]'"


class GymSource(Source):
    """`{type: gym, dataset: chain_sum, size: 100, seed: 7, config: {max_terms: 4}}`.

    The problem's reference is what the verifier `reasoning_gym` needs, its family the dataset. The same seed
    and config give the same problems; a larger `size` keeps those of a smaller one. Needs the extra `gym`.
    """

    type: Literal["gym"]
    dataset: str = Field(min_length=1)
    """A task of reasoning-gym, by its name there."""
    size: int = Field(default=100, ge=1, le=1_000_000)
    seed: int = Field(default=0, ge=0)
    """Another seed makes other problems."""
    config: dict[str, Any] = Field(default_factory=dict)
    """What the task itself takes."""

    @field_validator("config")
    @classmethod
    def _own_keys(cls, config: dict[str, Any]) -> dict[str, Any]:
        if taken := sorted({"size", "seed"} & set(config)):
            raise ValueError(f"{taken[0]!r} is a key of the source itself")
        return config

    def content(self) -> str:
        """Its keys, and which reasoning-gym draws."""
        try:
            return key_of(super().content(), version("reasoning-gym"))
        except PackageNotFoundError:
            raise MissingError(_MISSING) from None

    def rows(self) -> Iterator[Problem | BadRow]:
        drawn = self._drawn()
        for at in islice(range(self.size), self.limit):
            entry = json_value(drawn[at])
            reference = {"entry": entry, **({"config": self.config} if self.config else {})}
            prompt = ({"role": "user", "content": f"{entry['question']}\n\n{ASKED}"},)
            yield Problem(f"{self.dataset}-{at:05}", prompt, reference, {"family": self.dataset})

    def _drawn(self) -> Any:
        if importlib.util.find_spec("reasoning_gym") is None:
            raise MissingError(_MISSING)
        known = importlib.import_module("reasoning_gym.factory").DATASETS
        if self.dataset not in known:
            raise UsageError(f"reasoning-gym has no dataset {self.dataset!r}{nearest(self.dataset, known)}")
        gym = importlib.import_module("reasoning_gym")
        try:
            return gym.create_dataset(self.dataset, size=self.size, seed=self.seed, **self.config)
        except (TypeError, ValueError, AssertionError) as wrong:
            raise UsageError(f"source.config: reasoning-gym's {self.dataset!r} refuses it: {wrong}") from None
