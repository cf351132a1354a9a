"""From a ledger to a folder of datasets, all of it or none of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from winnow.steps.build.assembly import Assembly
from winnow.steps.build.config import BuildConfig
from winnow.steps.build.figures import exceeded
from winnow.steps.build.place import LINK, opened_scratch, place, scratch_of, turn_to
from winnow.steps.build.shards import DatasetFile, Shards
from winnow.steps.clean.indices import sets_told
from winnow.steps.errors import MissingError, is_panic
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.parts import PART_ROWS
from winnow.steps.ledger.view import newest
from winnow.steps.process.config import LabelConfig
from winnow.steps.records import key_of
from winnow.steps.scoring import Scoring

DROPPED = "dropped.parquet"
"""The file of a build that tells what `clean` dropped, row by row."""


@dataclass(frozen=True, slots=True)
class Build:
    """A finished build: `id` is a hash of its files, so that equal builds have equal ids.

    `figures` are those of each dataset (`figures_of`), `splits` what each split is like (`splits_of`).
    `dropped` is how many problems, candidates and rows each rule of `clean` dropped; `dropped.parquet` has
    them one by one. `exceeded` are the bounds that the figures are beyond: with one of these `datasets` does
    not lead to the build, which lies in `folder` to be looked at. `made_by` are the verifier (its
    fingerprint), whose rewards counted and how (`scoring`), how reasoning steps were labelled
    (`label`), the time of the newest row of the ledger (`known_until`), the rules, which are the recipe's
    `build`, and the evaluation sets that no problem overlaps with, by name, number of texts and hash.
    `lineage` is what its owner says of where it comes from.
    """

    id: str
    folder: Path
    files: tuple[DatasetFile, ...]
    figures: dict[str, dict[str, float | int]] = field(default_factory=dict)
    splits: dict[str, dict[str, Any]] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    exceeded: tuple[str, ...] = ()
    made_by: dict[str, Any] = field(default_factory=dict)
    lineage: dict[str, Any] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, object]:
        """What a manifest says of it."""
        return {
            "id": self.id,
            "files": [asdict(file) for file in self.files],
            "figures": self.figures,
            "splits": self.splits,
            "dropped": self.dropped,
            "made_by": self.made_by,
            **({"lineage": self.lineage} if self.lineage else {}),
        }

    def rows(self, config: str, split: str = "") -> int:
        """How many rows a dataset has, or a split of it; 0 where it was not built."""
        of = f"{config}/{split}-" if split else f"{config}/"
        return sum(file.rows for file in self.files if file.path.startswith(of))

    def paths(self, config: str) -> list[str]:
        """The files of a dataset, below `folder`."""
        return [file.path for file in self.files if file.path.startswith(f"{config}/")]

    @property
    def datasets(self) -> list[str]:
        """The datasets that were asked for."""
        return list(self.figures)

    @property
    def empty(self) -> list[str]:
        """Those of them that have no row."""
        return [name for name in self.datasets if not self.rows(name)]


def build_datasets(
    ledger: Ledger,
    verifier: str,
    config: BuildConfig,
    run: Path,
    *,
    scoring: Scoring | None = None,
    label: LabelConfig | None = None,
    part_rows: int = PART_ROWS,
    lineage: Callable[[str], dict[str, Any]] = lambda build: {},
) -> Build:
    """Build what `config` asks for from what this verifier (its fingerprint) has judged.

    The files are written beside the last build, and `datasets` is turned to them in one step: a reader
    finds the old build or the new one, never a mixture. The same ledger and configuration give the same
    bytes. A build beyond a bound of the configuration is not turned to.

    Args:
        scoring: whose rewards count, and how; without, there are none.
        label: how rollouts label reasoning steps; without, they do not.
        part_rows: about how many completions are held in memory at once.
        lineage: what is said of where a build of this id comes from.

    Raises:
        MissingError: the run's folder cannot be written.
        UsageError: what stands at `datasets` there is no link.
    """
    try:
        return _build(ledger, verifier, config, run, part_rows, scoring, label, lineage)
    except BaseException as broken:
        if not _is_of_the_disk(broken):
            raise
        raise MissingError(
            f"the datasets cannot be written to {run}: {broken}\n"
            "The ledger is whole: make room or mend the folder, and run again."
        ) from broken
    finally:
        shutil.rmtree(scratch_of(run), ignore_errors=True)


def _is_of_the_disk(broken: BaseException) -> bool:
    """Whether this is what a full disk, or a folder that is not ours, ends in."""
    told = isinstance(broken, pl.exceptions.PolarsError) and "os error" in str(broken).lower()
    return told or isinstance(broken, OSError) or is_panic(broken)


def _build(
    ledger: Ledger,
    verifier: str,
    config: BuildConfig,
    run: Path,
    part_rows: int,
    scoring: Scoring | None,
    label: LabelConfig | None,
    lineage: Callable[[str], dict[str, Any]],
) -> Build:
    scratch, seen = opened_scratch(run), newest(ledger, reviews=config.reviews is not None)
    parts = scratch / "parts"
    assembly = Assembly(ledger, verifier, config, parts, part_rows, scoring, label)
    files = _written(assembly, scratch)
    shutil.rmtree(parts, ignore_errors=True)
    figures = assembly.figures
    beyond = tuple(exceeded(figures, config.bounds))
    key = key_of(*(f"{file.path} {file.sha256}" for file in files))
    made_by = {
        "verifier": verifier,
        **({"scoring": scoring.told} if scoring else {}),
        **({"label": label.model_dump(mode="json")} if label else {}),
        "known_until": seen.isoformat() if seen else None,
        "rules": config.model_dump(mode="json", exclude_none=True),
        "evaluation_sets": sets_told(config.clean.decontaminate),
    }
    counts, told = assembly.cleaning.counts, {} if beyond else lineage(key)
    build = Build(key, run / LINK, files, figures, assembly.splits, counts, beyond, made_by, told)
    assembly.cleaning.dropped.write_parquet(scratch / DROPPED, compression="zstd")
    (scratch / "manifest.json").write_text(json.dumps(build.told, indent=2) + "\n", encoding="utf-8")
    if beyond and (run / LINK).resolve().name == build.id:
        return build  # which is there already: what it says of itself stays
    folder = place(build.id, files, run)
    if beyond:
        return replace(build, folder=folder)
    turn_to(build.id, run)
    return build


def _written(assembly: Assembly, folder: Path) -> tuple[DatasetFile, ...]:
    with ExitStack() as opened:
        shards: dict[tuple[str, str], Shards] = {}
        for kind, split, rows in assembly.rows():
            if (kind, split) not in shards:
                shards[kind, split] = opened.enter_context(Shards(folder, kind, split))
            shards[kind, split].add(rows)
        return tuple(file for _, some in sorted(shards.items()) for file in some.close())
