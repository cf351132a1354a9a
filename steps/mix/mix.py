"""The builds of several runs as one build: weighed, without duplicates, and with splits that hold for all."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from winnow.steps.build.datasets import Build
from winnow.steps.build.place import LINK, opened_scratch, place, turn_to
from winnow.steps.build.reading import SPLITS, Built, examine_files
from winnow.steps.build.shards import DatasetFile, Shards
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.mix.folder import examine_out, held
from winnow.steps.mix.rows import abouts, contents, kept_share, problems, torn
from winnow.steps.mix.schema import Schema, fitted, united
from winnow.steps.records import key_of

_STRICTER = {"train": ("validation", "test"), "validation": ("test",), "test": ()}
DUPLICATE, HELD_OUT, BOTH_WAYS, NOT_DRAWN = "duplicate", "held out", "judged both ways", "not drawn"
"""Why a row is not in a mix: an earlier run has it, another split has its problem, another row says the
opposite, its run's weight."""
_SAID = "_said"  # a column while rows are chosen


@dataclass(frozen=True, slots=True)
class Part:
    """A run in a mix, and how large a share of its rows is taken."""

    built: Built
    weight: float = 1.0


@dataclass(slots=True)
class Taken:
    """What was taken of one run: rows by dataset, and rows left out by why."""

    rows: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Mix:
    """A finished mix: its build, and what was taken of each run, in their order."""

    build: Build
    taken: tuple[Taken, ...]


def mix_builds(parts: Sequence[Part], out: Path) -> Mix:
    """Write a mix to the folder `out`: the layout of a run's, without a ledger.

    Of equal rows the run that is named first has it. A row is left out of `train` where any run has its
    problem in `validation` or `test`, and of `validation` where one has it in `test`; and of every split
    where any row judges the same otherwise, as right and wrong or with its sides turned: all rows of all
    runs count here, drawn or not. Every row says in the column `run` whose it is. The same builds give the
    same bytes.

    Raises:
        UsageError: two runs have one name, their columns do not go together, or `out` is no mix.
        MissingError: a file of a build is missing or was changed, or `out` cannot be written.
        LockedError: another mix is being written to `out`.
    """
    _examine(parts)
    schemas = _schemas(parts)
    try:
        examine_out(out)
        with held(out):
            return _mixed(parts, schemas, out)
    except OSError as broken:
        raise MissingError(f"{out} cannot be written: {broken.strerror or broken}") from None


def _mixed(parts: Sequence[Part], schemas: Mapping[str, Schema], out: Path) -> Mix:
    scratch, manifest = opened_scratch(out), out / f".manifest.{os.getpid()}"
    try:
        taken = tuple(Taken() for _ in parts)
        files = tuple(_write_all(parts, schemas, taken, scratch))
        build = Build(key_of(*(f"{file.path} {file.sha256}" for file in files)), out / LINK, files)
        mixed = {"mix": {"runs": _told(parts, taken)}}
        _write_json({"name": out.resolve().name, **mixed, "build": build.told}, manifest)
        _write_json({**build.told, **mixed}, scratch / "manifest.json")
        place(build.id, files, out)
        turn_to(build.id, out)
        manifest.replace(out / "manifest.json")  # at the end: it tells of what stands there
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        manifest.unlink(missing_ok=True)
    return Mix(build, taken)


def _examine(parts: Sequence[Part]) -> None:
    names = Counter(part.built.name for part in parts)
    if twice := next((name for name, count in names.items() if count > 1), None):
        raise UsageError(f"two of the runs are named {twice}: rename the folder of one")
    specs: dict[str, Any] = {}
    for part in parts:
        for origin in part.built.origins:
            if specs.setdefault(origin.run, origin.verify) != origin.verify:
                raise UsageError(f"two runs are named {origin.run}, and judge differently: rename one")
        if not part.weight > 0:
            raise UsageError(f"{part.built.name}:{part.weight}: a weight is a number over 0")
        examine_files(part.built)


def _schemas(parts: Sequence[Part]) -> dict[str, Schema]:
    """The columns of each dataset of the mix."""
    found = {}
    for kind in sorted({kind for part in parts for kind in part.built.kinds}):
        schemas = (
            (part.built.name, pl.read_parquet_schema(path))
            for part in parts
            for paths in _paths(part, kind).values()
            for path in paths
        )
        found[kind] = united(schemas, kind) | {"run": pl.String()}
    return found


def _write_all(
    parts: Sequence[Part], schemas: Mapping[str, Schema], taken: Sequence[Taken], scratch: Path
) -> list[DatasetFile]:
    held_out = _held_out(parts)
    files = []
    for kind, schema in schemas.items():
        both_ways = torn(
            fitted(_of(part, paths), schema) for part in parts for paths in _paths(part, kind).values()
        )
        seen: set[str] = set()
        for split in reversed(SPLITS):  # of equal rows, those for tests are kept
            frames = []
            for part, told in zip(parts, taken, strict=True):
                paths = _paths(part, kind).get(split)
                if paths is not None:
                    left = _left(fitted(_of(part, paths), schema), told, held_out[split], both_ways, seen)
                    frames.append(_drawn(left, part.weight, kind, told, seen))
            files += _write(frames, scratch, kind, split)
    return sorted(files, key=lambda file: file.path)


def _held_out(parts: Sequence[Part]) -> dict[str, set[str]]:
    """For each split, the problems that it must not have: those of a stricter split, of whatever run."""
    found: dict[str, set[str]] = {split: set() for split in SPLITS}
    for part in parts:
        for kind in part.built.kinds:
            for split, paths in _paths(part, kind).items():
                if split != "train":
                    known = {key for path in paths for keys in problems(_read(path)) for key in keys}
                    found[split] |= known
    return {split: set().union(*(found[one] for one in _STRICTER[split])) for split in SPLITS}


def _left(
    rows: pl.DataFrame, told: Taken, held_out: set[str], both_ways: set[str], seen: set[str]
) -> pl.DataFrame:
    """The rows of a run in a split that may be drawn, with a hash of what they say; `seen` was before."""
    said = contents(rows)
    why = [
        DUPLICATE if content in seen else HELD_OUT if keys & held_out else ""
        for content, keys in zip(said, problems(rows), strict=True)
    ]
    if both_ways:
        why = [BOTH_WAYS if about in both_ways else one for one, about in zip(why, abouts(rows), strict=True)]
    told.left_out.update(one for one in why if one)
    marked = rows.with_columns(pl.Series(_SAID, said, dtype=pl.String))
    return marked.filter(pl.Series([not one for one in why], dtype=pl.Boolean))


def _drawn(left: pl.DataFrame, weight: float, kind: str, told: Taken, seen: set[str]) -> pl.DataFrame:
    """What is taken of them by the run's weight; `seen` grows by it."""
    drawn = kept_share(left, weight)
    seen.update(drawn[_SAID])
    told.left_out[NOT_DRAWN] += max(0, left.height - drawn.height)
    told.rows[kind] += drawn.height
    return drawn.drop(_SAID)


def _of(part: Part, paths: Sequence[Path]) -> pl.DataFrame:
    """The rows of one split, with the run that they are of."""
    rows = pl.concat([_read(path) for path in paths], how="diagonal_relaxed")
    return rows if "run" in rows.columns else rows.with_columns(run=pl.lit(part.built.name))


def _write(frames: Sequence[pl.DataFrame], scratch: Path, kind: str, split: str) -> list[DatasetFile]:
    """The rows of all runs, in their order; a file without rows where none has any."""
    with Shards(scratch, kind, split) as shards:
        for frame in frames:
            shards.add(frame)
        return shards.close() if frames else []


def _write_json(told: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _paths(part: Part, kind: str) -> dict[str, list[Path]]:
    files = part.built.files(kind)
    return {split: [part.built.build.folder / one.path for one in told] for split, told in files.items()}


def _read(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path, glob=False)


def _told(parts: Sequence[Part], taken: Sequence[Taken]) -> list[dict[str, Any]]:
    """What the manifest says of each run; a mix in a mix is told by the runs that it is of."""
    found = []
    for part, of_it in zip(parts, taken, strict=True):
        shared = {
            "build": part.built.build.id,
            "weight": part.weight,
            "rows": dict(sorted(of_it.rows.items())),
            "left_out": {why: count for why, count in sorted(of_it.left_out.items()) if count},
        }
        found += [
            {"run": origin.run, "of": part.built.name, "verify": origin.verify, **shared}
            for origin in part.built.origins
        ]
    return found
