"""A build's labelled reasoning steps in the forms in which others publish theirs: a file a split."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from winnow.steps.build.reading import Built, examine_files
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.export.folder import examine_target, put_in_place, scratch_for
from winnow.steps.process.formats import Chain, Format
from winnow.steps.process.formats.chain import Unfit

_STEPWISE = "stepwise"


@dataclass(frozen=True, slots=True)
class StepsExport:
    """How many rows of each split were written, and how many the format cannot say, by the reason."""

    rows: Mapping[str, int]
    left_out: Mapping[str, int]


def export_steps(built: Built, form: Format, target: Path) -> StepsExport:
    """Write the dataset `stepwise` of a build to `target`; all of it, or nothing.

    Raises:
        UsageError: the build has no such dataset, or something else is at `target`.
        MissingError: a file of the build is missing or changed, or `target` cannot be written.
    """
    if _STEPWISE not in built.kinds:
        raise UsageError(f"{built.name} has no dataset `stepwise`, which {form.name} is made of: build it")
    target, scratch = target.resolve(), None
    rows: dict[str, int] = {}
    left_out: dict[str, int] = {}
    try:
        examine_target(target)
        examine_files(built)
        scratch = scratch_for(target)
        for split, files in built.files(_STEPWISE).items():
            with (scratch / f"{split}.jsonl").open("w", encoding="utf-8") as lines:
                for chain in _chains([built.build.folder / file.path for file in files]):
                    try:
                        line = json.dumps(form.write(chain), ensure_ascii=False)
                    except Unfit as why:
                        left_out[str(why)] = left_out.get(str(why), 0) + 1
                        continue
                    lines.write(line + "\n")
                    rows[split] = rows.get(split, 0) + 1
        put_in_place(scratch, target, {"format": form.name, "build": built.build.id, "rows": rows})
    except OSError as broken:
        raise MissingError(f"{target} cannot be written: {broken.strerror or broken}") from None
    finally:
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)
    return StepsExport(rows, left_out)


def _chains(paths: list[Path]) -> Iterator[Chain]:
    for path in paths:
        for row in pl.read_parquet(path, glob=False).iter_rows(named=True):
            yield _chain(row)


def _chain(row: Mapping[str, Any]) -> Chain:
    answer = json.loads(row.get("reference") or "{}").get("answer")
    return Chain(
        row["prompt"],
        tuple(row["completions"]),
        tuple(row["labels"]),
        id=row["id"],
        answer=None if answer is None else str(answer),
        passed=row.get("verdict") == "pass",
        model=row.get("model") or "",
    )
