"""Sample, as a distilabel step."""

from __future__ import annotations

from typing import Any

from winnow.steps.base import GroupStep
from winnow.steps.sample.config import SampleConfig
from winnow.steps.sample.sampler import Sampler


class Sample(GroupStep):
    """Sample candidates for each problem: a fixed number, or until enough have passed and failed, or agree.

    Whatever the group already has, by index, is not asked for again. Every reply goes into the ledger as
    soon as it is there, before it is judged.

    Attributes:
        config: the `sample` part of a recipe.
        verifier: the spec of the verifier, needed where `config` says `until`.

    Input columns:
        - prompt (`List[Dict[str, str]]`): chat messages.
        - reference (`str`): what the verifier needs, as JSON.

    Output columns:
        - candidates (`List[Dict[str, Any]]`): completions, with verdicts where a verifier is given.
        - generations (`List[str]`): their texts.

    Categories:
        - text-generation
    """

    config: SampleConfig
    verifier: dict[str, Any] | None = None

    def stage(self) -> Sampler:
        return Sampler(self.config, self.verifier)
