"""The kinds of datasets: for each, which candidates become rows and in which columns these stand."""

from __future__ import annotations

from typing import Any

from winnow.steps.build.config import BuildConfig
from winnow.steps.build.kinds.candidates import CANDIDATES
from winnow.steps.build.kinds.grpo import GRPO
from winnow.steps.build.kinds.kind import Kind
from winnow.steps.build.kinds.kto import KTO
from winnow.steps.build.kinds.preference import PREFERENCE
from winnow.steps.build.kinds.reward import REWARD
from winnow.steps.build.kinds.sft import SFT
from winnow.steps.build.kinds.step_preference import STEP_PREFERENCE
from winnow.steps.build.kinds.stepwise import STEPWISE

KINDS: dict[str, Kind[Any]] = {
    kind.name: kind for kind in (SFT, PREFERENCE, KTO, GRPO, REWARD, STEPWISE, STEP_PREFERENCE, CANDIDATES)
}
"""Every kind by its name, the key below `build`."""


def asked(config: BuildConfig) -> list[tuple[Kind[Any], Any]]:
    """The kinds that a recipe asks for, each with its part of `build`.

    >>> [kind.name for kind, _ in asked(BuildConfig.both())]
    ['sft', 'preference']
    """
    parts = ((kind, getattr(config, name)) for name, kind in KINDS.items())
    return [(kind, part) for kind, part in parts if part is not None]


__all__ = ["KINDS", "Kind", "asked"]
