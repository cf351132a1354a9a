"""The logs of a run's servers, kept from growing without end."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_LARGE = 16 * 1024 * 1024  # bytes
_KEPT = 2  # older ones of each


def rotate(logs: Path) -> None:
    """Before a run begins, put away each log that is large: `vllm.log` becomes `vllm.log.1`, and that one
    `vllm.log.2`. What cannot be put away is left."""
    for log in sorted(logs.rglob("*.log")):
        with suppress(OSError):
            if log.stat().st_size > _LARGE:
                for number in range(_KEPT - 1, 0, -1):
                    older = log.with_name(f"{log.name}.{number}")
                    if older.exists():
                        older.replace(log.with_name(f"{log.name}.{number + 1}"))
                log.replace(log.with_name(f"{log.name}.1"))
