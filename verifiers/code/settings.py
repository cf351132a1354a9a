"""What a recipe says of the sandbox, and no row of data may: the names of these parameters are the same for
every verifier that runs something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from winnow.verifiers.code.sandbox.box import Limits, Sandbox, sandbox
from winnow.verifiers.registry import SpecError

Where = Literal["auto", "bubblewrap", "namespaces", "none"]
SETTINGS = ("sandbox", "preload", "seconds", "memory_mb")
DEADLINE = 600.0
"""Seconds after which a check that the sandbox did not end is given up: trouble of ours, so it is long."""
_LONGEST = 300
_MIB = 1024**2


def box_of(where: Where, preload: Sequence[str] | None) -> Sandbox:
    """The sandbox of this process for these settings."""
    return sandbox(where, tuple(preload or ()))


def limits_of(seconds: int, memory_mb: int, *, reserves_memory: bool = False) -> Limits:
    """Limits of one test. Raises SpecError."""
    if not 0 < seconds <= _LONGEST:
        raise SpecError(f"seconds is {seconds}, expected 1 to {_LONGEST}", ("seconds",))
    if memory_mb < 64:
        raise SpecError(f"memory_mb is {memory_mb}, expected at least 64", ("memory_mb",))
    return Limits(seconds=seconds, memory=memory_mb * _MIB, address_space=not reserves_memory)


def prepare(sandbox: Where = "auto", preload: list[str] | None = None, **_: object) -> None:
    """Start the sandbox, so that the first completion need not wait.

    Raises:
        SandboxError: it does not start; says what to install.
    """
    box_of(sandbox, preload).start()
