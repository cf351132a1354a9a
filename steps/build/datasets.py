"""From a ledger to a folder of datasets, all of it or none of it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from winnow.steps.build.columns import problems_with_counts
from winnow.steps.build.config import BuildConfig
from winnow.steps.build.kinds import asked
from winnow.steps.errors import MissingError, is_panic
from winnow.steps.ledger import Ledger
from winnow.steps.records import key_of
from winnow.steps.select.candidates import fetched, judged

_LINK = "datasets"  # what readers open: a link to the newest finished build
_BUILDS = "builds"
_NONE = pl.Series([], dtype=pl.String)


@dataclass(frozen=True, slots=True)
class DatasetFile:
    """One file of a build, by its path below the run's `datasets` folder."""

    path: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Build:
    """A finished build: `id` is a hash of its files, so that equal builds have equal ids."""

    id: str
    folder: Path
    files: tuple[DatasetFile, ...]

    @property
    def told(self) -> dict[str, object]:
        """What a manifest says of it."""
        return {"id": self.id, "files": [asdict(file) for file in self.files]}

    def rows(self, config: str) -> int:
        """How many rows a dataset has; 0 where it was not built."""
        return sum(file.rows for file in self.files if file.path.startswith(f"{config}/"))

    def paths(self, config: str) -> list[str]:
        """The files of a dataset, below `folder`."""
        return [file.path for file in self.files if file.path.startswith(f"{config}/")]

    @property
    def empty(self) -> list[str]:
        """The datasets that were asked for and have no row."""
        names = sorted({file.path.partition("/")[0] for file in self.files})
        return [name for name in names if not self.rows(name)]


def build_datasets(ledger: Ledger, verifier: str, config: BuildConfig, run: Path) -> Build:
    """Build what `config` asks for from what this verifier (its fingerprint) has judged.

    The files are written beside the last build, and `datasets` is turned to them in one step: a reader
    finds the old build or the new one, never a mixture. The same ledger and configuration give the same
    bytes.

    Raises:
        MissingError: the run's folder cannot be written.
    """
    try:
        return _build(ledger, verifier, config, run)
    except BaseException as broken:
        if not isinstance(broken, (OSError, pl.exceptions.PolarsError)) and not is_panic(broken):
            raise
        shutil.rmtree(_scratch(run), ignore_errors=True)
        raise MissingError(
            f"the datasets cannot be written to {run}: {broken}\n"
            "The ledger is whole: make room or mend the folder, and run again."
        ) from broken


def _build(ledger: Ledger, verifier: str, config: BuildConfig, run: Path) -> Build:
    frames = _frames(ledger, verifier, config)
    scratch = _scratch(run)
    shutil.rmtree(scratch, ignore_errors=True)
    files = tuple(_write(frame, scratch, name) for name, frame in sorted(frames.items()))
    build = Build(key_of(*(f"{file.path} {file.sha256}" for file in files)), run / _LINK, files)
    (scratch / "manifest.json").write_text(json.dumps(build.told, indent=2) + "\n", encoding="utf-8")
    _turn_to(build.id, files, scratch, run)
    return build


def _scratch(run: Path) -> Path:
    return run / _BUILDS / f".{os.getpid()}"


def _frames(ledger: Ledger, verifier: str, config: BuildConfig) -> dict[str, pl.DataFrame]:
    """The datasets by name. What was chosen is fetched once, whichever of them it stands in."""
    kinds = asked(config)
    selected = [kind.select(judged(ledger, verifier, kind.reads(part)), part) for kind, part in kinds]
    sides = [rows[side] for rows, (kind, _) in zip(selected, kinds, strict=True) for side in kind.sides]
    chosen_from = pl.concat([rows["problem"] for rows in selected] or [_NONE])
    problems = problems_with_counts(ledger, verifier, chosen_from).collect().lazy()
    told = fetched(ledger, verifier, pl.concat(sides or [_NONE]).unique()).collect().lazy()
    return {
        kind.name: kind.columns(rows, problems, told, part)
        for rows, (kind, part) in zip(selected, kinds, strict=True)
    }


def _write(frame: pl.DataFrame, folder: Path, name: str) -> DatasetFile:
    path = folder / name / "train-00000-of-00001.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path, compression="zstd")
    return DatasetFile(str(path.relative_to(folder)), frame.height, path.stat().st_size, _sha256(path))


def _is_whole(folder: Path, files: Sequence[DatasetFile]) -> bool:
    """Whether the build that stands there is the one it says it is."""
    try:
        return all(_sha256(folder / file.path) == file.sha256 for file in files)
    except OSError:
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _turn_to(build: str, files: Sequence[DatasetFile], scratch: Path, run: Path) -> None:
    """Put the finished files in their place and the link onto them; then drop what no link leads to."""
    builds = run / _BUILDS
    if _is_whole(builds / build, files):
        shutil.rmtree(scratch)
    else:
        shutil.rmtree(builds / build, ignore_errors=True)
        scratch.rename(builds / build)
    link = run / f".{_LINK}.{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(_BUILDS) / build, target_is_directory=True)
    link.replace(run / _LINK)
    for old in builds.iterdir():
        if old.name != build:
            shutil.rmtree(old, ignore_errors=True)
