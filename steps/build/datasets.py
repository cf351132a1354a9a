"""From a ledger to a folder of datasets, all of it or none of it."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from winnow.steps.build.columns import problems_with_counts
from winnow.steps.build.config import BuildConfig
from winnow.steps.build.kinds import asked
from winnow.steps.build.place import LINK, DatasetFile, put_in_place, scratch_of, sha256_of
from winnow.steps.errors import MissingError, is_panic
from winnow.steps.ledger import Ledger
from winnow.steps.records import key_of
from winnow.steps.select.candidates import fetched, judged

_NONE = pl.Series([], dtype=pl.String)


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
        shutil.rmtree(scratch_of(run), ignore_errors=True)
        raise MissingError(
            f"the datasets cannot be written to {run}: {broken}\n"
            "The ledger is whole: make room or mend the folder, and run again."
        ) from broken


def _build(ledger: Ledger, verifier: str, config: BuildConfig, run: Path) -> Build:
    frames = _frames(ledger, verifier, config)
    scratch = scratch_of(run)
    shutil.rmtree(scratch, ignore_errors=True)
    files = tuple(_write(frame, scratch, name) for name, frame in sorted(frames.items()))
    build = Build(key_of(*(f"{file.path} {file.sha256}" for file in files)), run / LINK, files)
    rules = config.model_dump(mode="json", exclude_none=True)
    put_in_place(build.id, {**build.told, "verifier": verifier, "rules": rules}, files, run)
    return build


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
    return DatasetFile(str(path.relative_to(folder)), frame.height, path.stat().st_size, sha256_of(path))
