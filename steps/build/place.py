"""Where a finished build goes: a folder of its own, that the link `datasets` is turned to in one step."""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from winnow.steps.build.shards import DatasetFile, sha256_of
from winnow.steps.errors import UsageError

LINK = "datasets"  # what readers open: a link to the newest finished build
PREVIOUS = "previous"  # a link to the one before it
BUILDS = "builds"


def scratch_of(owner: Path) -> Path:
    """Where this process writes a build of a run or a mix (its folder) until it is finished."""
    return owner / BUILDS / f".{os.getpid()}"


def opened_scratch(owner: Path) -> Path:
    """The scratch folder, empty, of a run or a mix whose links can be turned.

    Raises:
        UsageError: something else stands where a link belongs.
    """
    for link in (owner / LINK, owner / PREVIOUS):
        if link.exists() and not link.is_symlink():
            raise UsageError(
                f"{link} is no link to a build: a copy that followed links, as `cp -rL` does, has a folder "
                "there. Move it away, and try again"
            )
    scratch = scratch_of(owner)
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    return scratch


def place(build: str, files: Sequence[DatasetFile], owner: Path) -> Path:
    """Put what stands in the scratch folder where the build of this id belongs."""
    scratch, folder = scratch_of(owner), owner / BUILDS / build
    if _is_whole(folder, files):
        for told in (path for path in scratch.iterdir() if path.is_file()):  # by what rules, what drops
            if not _is_equal(told, folder / told.name):
                told.replace(folder / told.name)
        shutil.rmtree(scratch)
    else:
        shutil.rmtree(folder, ignore_errors=True)
        scratch.rename(folder)
    return folder


def turn_to(build: str, owner: Path) -> None:
    """Put the link onto a build; then drop all but it and the one before it.

    What others are writing there goes, too: whoever builds holds the lock of the run or the mix.
    """
    builds, link = owner / BUILDS, owner / LINK
    before = link.readlink().name if link.is_symlink() else build
    if before != build:
        _link(owner / PREVIOUS, before)
    _link(link, build)
    kept = {build, (owner / PREVIOUS).readlink().name if (owner / PREVIOUS).is_symlink() else build}
    for old in builds.iterdir():
        if old.name not in kept:
            shutil.rmtree(old, ignore_errors=True)


def _is_equal(new: Path, old: Path) -> bool:
    return old.is_file() and filecmp.cmp(new, old, shallow=False)


def _is_whole(folder: Path, files: Sequence[DatasetFile]) -> bool:
    """Whether the build that stands there is the one it says it is."""
    try:
        return folder.is_dir() and all(sha256_of(folder / file.path) == file.sha256 for file in files)
    except OSError:
        return False


def _link(link: Path, build: str) -> None:
    """Turn a link to a build, in one step."""
    scratch = link.with_name(f".{link.name}.{os.getpid()}")
    scratch.unlink(missing_ok=True)
    scratch.symlink_to(Path(BUILDS) / build, target_is_directory=True)
    scratch.replace(link)
