"""A finished build as those who come after it find it: in a run, in a mix, or by its own folder."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from winnow.steps.build.datasets import Build
from winnow.steps.build.place import PREVIOUS
from winnow.steps.build.shards import DatasetFile, sha256_of
from winnow.steps.errors import MissingError, UsageError

SPLITS = ("train", "validation", "test")
"""The names of splits, as files of a build begin with them."""

_FILE = re.compile(r"([a-z_]+)/([a-z]+)-\d{5}-of-\d{5}\.parquet")


@dataclass(frozen=True, slots=True)
class Origin:
    """A run that rows come from, by the name of its folder, and the spec of the verifier that judged them,
    where it is known."""

    run: str
    verify: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """A build with what its owner says of it; the rows of a mix say, in the column `run`, whose they are."""

    build: Build
    owner: Path | None  # the folder of the run or the mix
    origins: tuple[Origin, ...]
    is_mix: bool = False
    told: Mapping[str, Any] = field(default_factory=dict)  # the build's manifest

    @property
    def previous(self) -> Built | None:
        """The build before this one, where it was kept."""
        kept = self.owner / PREVIOUS if self.owner else None
        return read_built(kept, self.owner) if kept and (kept / "manifest.json").is_file() else None

    @property
    def name(self) -> str:
        return _name_of(self.owner or self.build.folder)

    @property
    def kinds(self) -> list[str]:
        """The datasets that are there, by name."""
        return sorted({kind_of(file) for file in self.build.files})

    def files(self, kind: str) -> dict[str, list[DatasetFile]]:
        """The files of a dataset by split, in order."""
        ours = [file for file in self.build.files if kind_of(file) == kind]
        found = {split: [file for file in ours if split_of(file) == split] for split in SPLITS}
        return {split: files for split, files in found.items() if files}


def kind_of(file: DatasetFile) -> str:
    """Which dataset a file is of.

    >>> kind_of(DatasetFile("sft/test-00000-of-00001.parquet", 1, 1, ""))
    'sft'
    """
    return file.path.partition("/")[0]


def split_of(file: DatasetFile) -> str:
    """Which split a file is of.

    >>> split_of(DatasetFile("sft/test-00000-of-00001.parquet", 1, 1, ""))
    'test'
    """
    return file.path.partition("/")[2].partition("-")[0]


def find_built(told: str, runs: Path = Path("runs")) -> Built:
    """The current build of a run or a mix (its folder, or its name below `runs`), or a build's own folder.

    Raises:
        UsageError: there is none, or its manifest is broken.
    """
    for path in (Path(told), runs / told):
        if _is_file(path / "datasets" / "manifest.json"):
            return read_built(path / "datasets", owner=path)
        if isinstance(_object(path / "manifest.json").get("files"), list):
            return read_built(path)
        if _is_file(path / "manifest.json"):
            raise UsageError(f"{path} has no datasets yet: `winnow run` or `winnow build` makes them")
    there = sorted(found.parent.parent.name for found in runs.glob("*/datasets/manifest.json"))[:10]
    named = f"./{runs} has: {', '.join(there)}" if there else f"there are none in ./{runs}"
    raise UsageError(f"no run at {told}: expected a folder with datasets/manifest.json; {named}")


def read_built(folder: Path, owner: Path | None = None) -> Built:
    """The build whose files lie in `folder`.

    Raises:
        UsageError: its manifest is broken.
    """
    manifest = folder / "manifest.json"
    told = _object(manifest)
    try:
        files = tuple(
            DatasetFile(str(one["path"]), int(one["rows"]), int(one["bytes"]), str(one["sha256"]))
            for one in told["files"]
        )
        build = Build(str(told["id"]), folder.resolve(), files)  # a link may be turned to another meanwhile
    except (KeyError, TypeError, ValueError):
        raise UsageError(
            f"{manifest} is no manifest of a build: expected an object with `id` and `files`. "
            "`winnow build` makes it anew"
        ) from None
    if strange := next((file.path for file in files if not _is_ours(file)), None):
        raise UsageError(f"{manifest}: {strange!r} is no file of a dataset: expected KIND/SPLIT-*.parquet")
    owner = owner or _owner_of(folder)
    if "mix" in told:
        return Built(build, owner, _mixed(told["mix"], manifest), is_mix=True, told=told)
    recipe = _object(owner / "manifest.json").get("recipe") if owner else None
    verify = recipe.get("verify") if isinstance(recipe, dict) else None
    return Built(build, owner, (Origin(_name_of(owner or folder), verify),), told=told)


def examine_files(built: Built) -> None:
    """See that the files are there, and are those that the manifest tells of.

    Raises:
        MissingError: one is missing, or was changed.
    """
    for file in built.build.files:
        path = built.build.folder / file.path
        try:
            found = sha256_of(path)
        except OSError as broken:
            raise MissingError(
                f"{path} cannot be read: {broken.strerror}. `winnow build` makes it anew"
            ) from None
        if found != file.sha256:
            raise MissingError(
                f"{path} is not the file that manifest.json tells of: expected SHA-256 {file.sha256}, "
                f"found {found}. `winnow build` makes it anew"
            )


def _is_ours(file: DatasetFile) -> bool:
    match = _FILE.fullmatch(file.path)
    return match is not None and match[2] in SPLITS


def _owner_of(folder: Path) -> Path | None:
    """The run or mix of a build that was named by its own folder, `<run>/builds/<id>` or `<run>/datasets`."""
    above = folder.resolve().parent
    return above.parent if above.name == "builds" and (above.parent / "manifest.json").is_file() else None


def _mixed(told: Any, manifest: Path) -> tuple[Origin, ...]:
    """What the manifest of a mix tells of the runs that rows are of.

    Raises:
        UsageError: it does not name them.
    """
    try:
        return tuple(Origin(str(one["run"]), one.get("verify")) for one in told["runs"])
    except (KeyError, TypeError, AttributeError):
        raise UsageError(
            f"{manifest} is no manifest of a mix: expected `mix.runs`, a list of objects with `run` and "
            "`verify`. `winnow mix` makes it anew"
        ) from None


def _name_of(folder: Path) -> str:
    """The name of a run: its folder's, whatever its recipe was named, for folders are renamed and copied."""
    return folder.resolve().name


def _is_file(path: Path) -> bool:
    """Whether a file is there; none is at a path that the system does not take, as one that is too long."""
    try:
        return path.is_file()
    except OSError:
        return False


def _object(path: Path) -> dict[str, Any]:
    """The JSON object in a file; empty where there is no file or no object in it."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
