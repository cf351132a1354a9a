"""What can go wrong for a user, each with its exit code. Everything else is a bug of ours."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """How a command ends."""

    DONE = 0
    TARGET_MISSED = 1
    USAGE = 2
    MISSING = 3
    BUDGET = 4
    PENDING = 5
    BUG = 70
    LOCKED = 75
    DEADLINE = 124
    INTERRUPTED = 130


class WinnowError(Exception):
    """A message for the user: what was expected, what was found, and the fix."""

    code: Exit = Exit.USAGE


class UsageError(WinnowError):
    """A wrong command, recipe, or row of the source."""

    code = Exit.USAGE


class MissingError(WinnowError):
    """Something that is needed is missing, unreachable, not writable or full."""

    code = Exit.MISSING


def is_panic(error: BaseException) -> bool:
    """Whether a library of Rust code (deltalake, polars) gave up in a panic, as it may on a full disk.

    Its exception derives from BaseException and has no importable name.
    """
    return type(error).__name__ == "PanicException"


class LockedError(WinnowError):
    """Another run holds the run's folder."""

    code = Exit.LOCKED
