"""Where a finished build goes: a folder of its own, that the link `datasets` is turned to in one step."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LINK = "datasets"  # what readers open: a link to the newest finished build
BUILDS = "builds"


@dataclass(frozen=True, slots=True)
class DatasetFile:
    """One file of a build, by its path below the folder `datasets`."""

    path: str
    rows: int
    bytes: int
    sha256: str


def scratch_of(owner: Path) -> Path:
    """Where this process writes a build until it is finished."""
    return owner / BUILDS / f".{os.getpid()}"


def put_in_place(build: str, told: dict[str, Any], files: Sequence[DatasetFile], owner: Path) -> None:
    """Put what stands in the scratch folder where `build` belongs, and turn the link to it.

    The build that the link led to is kept, named by the key `previous` of the new one's manifest; older
    ones are removed.

    Args:
        told: the manifest of the build.
        owner: the folder of a run or a mix.
    """
    builds, scratch = owner / BUILDS, scratch_of(owner)
    last = _last(owner)
    if last == build and _is_whole(builds / build, files):
        shutil.rmtree(scratch)
        return
    if last and last != build:
        told = {**told, "previous": last}
    (scratch / "manifest.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(builds / build, ignore_errors=True)
    scratch.rename(builds / build)
    link = owner / f".{LINK}.{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(BUILDS) / build, target_is_directory=True)
    link.replace(owner / LINK)
    for old in builds.iterdir():
        if old.name not in (build, told.get("previous")):
            shutil.rmtree(old, ignore_errors=True)


def sha256_of(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _last(owner: Path) -> str | None:
    try:
        return (owner / LINK).readlink().name
    except OSError:
        return None


def _is_whole(folder: Path, files: Sequence[DatasetFile]) -> bool:
    """Whether the build that stands there is the one it says it is."""
    try:
        return all(sha256_of(folder / file.path) == file.sha256 for file in files)
    except OSError:
        return False
