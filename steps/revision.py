"""Whether what lies somewhere is what lay there before: told without reading it as rows."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

from winnow.steps.errors import MissingError
from winnow.steps.records import key_of


def revision_of(path: Path) -> str:
    """The hash of a file's content; of a folder, one of its files' names, sizes and times of change.

    Raises:
        MissingError: it is not there, or cannot be read.
    """
    try:
        if path.is_dir():
            found = sorted(file for file in path.rglob("*") if file.is_file())
            told = [(file.relative_to(path), file.stat()) for file in found]
            return key_of(*(f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in told))
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    except OSError as broken:
        raise MissingError(f"{path} cannot be read: {broken.strerror}") from None


def revision_on_hub(repo: str, revision: str | None, kind: Literal["dataset", "model"]) -> str:
    """The commit that a branch or a tag of a repo of the Hub leads to now.

    Raises:
        MissingError: the Hub cannot be asked.
    """
    from huggingface_hub import HfApi

    try:
        return str(HfApi().repo_info(repo, revision=revision, repo_type=kind, timeout=10).sha)
    except Exception as broken:  # its client lets through whatever its transports raise
        raise MissingError(f"{repo} cannot be asked for its revision: {type(broken).__name__}") from broken
