"""Files that are written in one step: whoever reads one finds what was there, or what is new, and no half."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from errno import EISDIR
from pathlib import Path
from typing import Any

from winnow.steps.errors import MissingError


def replace_file(path: Path, content: str | bytes) -> None:
    """Write a file in one step; text is UTF-8.

    Raises:
        OSError: it cannot be written; the old one is as it was.
    """
    scratch = _scratch(path)
    try:
        scratch.write_bytes(content.encode() if isinstance(content, str) else content)
        scratch.replace(path)
    except OSError:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)
        raise


def write_json(path: Path, told: dict[str, Any] | list[dict[str, Any]]) -> None:
    """Write JSON in one step.

    Raises:
        MissingError: it cannot be written.
    """
    try:
        replace_file(path, json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    except OSError as broken:
        raise MissingError(f"{path} cannot be written: {broken.strerror}") from None


def check_place(path: Path) -> None:
    """See that a file can be written there; one that is there stays as it is.

    Raises:
        OSError: it cannot.
    """
    if path.is_dir():
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
    scratch = _scratch(path)
    scratch.touch()
    scratch.unlink()


def _scratch(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}")
