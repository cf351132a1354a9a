"""Verifiers: what decides whether a completion is right. Ground truth, never an opinion.

Importing a name from here is cheap; the verifiers that come with winnow are registered as soon as the
registry is asked for one.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from winnow.verifiers.bridge.trl import as_reward
    from winnow.verifiers.pool import PoolError, VerifierPool
    from winnow.verifiers.registry import (
        BadReference,
        MissingReference,
        SpecError,
        Verifier,
        load,
        names,
        verifier,
    )
    from winnow.verifiers.verdict import Status, Verdict

__all__ = [
    "BadReference",
    "MissingReference",
    "PoolError",
    "SpecError",
    "Status",
    "Verdict",
    "Verifier",
    "VerifierPool",
    "as_reward",
    "load",
    "names",
    "verifier",
]

_HOME = {
    "PoolError": "pool",
    "VerifierPool": "pool",
    "Status": "verdict",
    "Verdict": "verdict",
    "as_reward": "bridge.trl",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"{__name__}.{_HOME.get(name, 'registry')}"), name)
    globals()[name] = found
    return found
