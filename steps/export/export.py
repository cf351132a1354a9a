"""From a build to a folder that a trainer takes as it is."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import yaml

from winnow.steps.build.reading import Built, examine_files
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.export.data import write_data
from winnow.steps.export.folder import examine_target, put_in_place, scratch_for
from winnow.steps.export.readme import PLACEHOLDER, readme
from winnow.steps.export.trainer import Data, Setting, Trainer

_ON_THE_HUB = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


@dataclass(frozen=True, slots=True)
class Export:
    """What was exported: datasets, what was left out and why, the model in the configurations."""

    datas: tuple[Data, ...]
    left_out: dict[str, str]
    model: str


def export_build(built: Built, trainer: Trainer, target: Path, model: str | None = None) -> Export:
    """Write a build's datasets to `target` with configurations for a trainer; all of it, or nothing.

    Args:
        model: stands in the configurations; None takes the one that the rows were sampled from, where it
            has a name of the Hub's form.

    Raises:
        UsageError: no dataset of the build can be taken by the trainer, or something else is at `target`.
        MissingError: a file of the build is missing or changed, or `target` cannot be written.
    """
    target, scratch = target.resolve(), None
    try:
        examine_target(target)
        examine_files(built)
        scratch = scratch_for(target)
        return _export(built, trainer, target, scratch, model)
    except OSError as broken:
        raise MissingError(f"{target} cannot be written: {broken.strerror or broken}") from None
    finally:
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)


def _export(built: Built, trainer: Trainer, target: Path, scratch: Path, model: str | None) -> Export:
    datas: list[Data] = []
    left_out: dict[str, str] = {}
    for kind in built.kinds:
        if kind not in trainer.kinds:
            left_out[kind] = f"{trainer.name} has no trainer that takes it"
            continue
        form = trainer.kinds[kind]
        data, lost = write_data(built, kind, form, scratch)
        if lost.rows:
            left_out[f"{kind}: {lost.rows} rows"] = f"{trainer.name} takes only {form.needs}"
        if lost.thoughts and not trainer.reads_thoughts:
            left_out[f"{kind}: {lost.thoughts}"] = f"{trainer.name} reads the text of messages alone"
        if data.rows.get("train"):
            datas.append(data)
        else:
            shutil.rmtree(scratch / "data" / kind, ignore_errors=True)
            left_out[kind] = "it has no rows to train on"
    if not datas:
        whys = "; ".join(f"{name}: {why}" for name, why in left_out.items()) or "it has no datasets"
        raise UsageError(f"{built.name} has nothing that {trainer.name} takes: {whys}")
    setting = Setting(built.name, model or _model_of(built) or PLACEHOLDER, built.origins, built.is_mix)
    for name, text in _texts(trainer, datas, setting, left_out, built).items():
        (scratch / name).write_text(text, encoding="utf-8")
    told = {
        "trainer": trainer.name,
        "version": trainer.version,
        "model": setting.model,
        "of": built.name,
        "build": built.build.id,
        "datasets": {data.kind: dict(data.rows) for data in datas},
        "left_out": left_out,
    }
    put_in_place(scratch, target, told)
    return Export(tuple(datas), left_out, setting.model)


def _texts(
    trainer: Trainer, datas: list[Data], setting: Setting, left_out: dict[str, str], built: Built
) -> dict[str, str]:
    found = {}
    for data in datas:
        kind = trainer.kinds[data.kind]
        config = kind.config(data, setting)
        if kind.command.startswith("python "):
            found[f"{data.kind}.json"] = json.dumps(config, indent=2) + "\n"
        else:
            found[f"{data.kind}.yaml"] = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    source = f"the build `{built.build.id}` of `{built.name}`"
    found["README.md"] = readme(trainer, datas, setting, left_out, source)
    return found | trainer.more(datas, setting)


def _model_of(built: Built) -> str | None:
    """The model that all rows were sampled from, where there is one, and its name is of the Hub's form."""
    models: set[str] = set()
    for kind in built.kinds:
        for files in built.files(kind).values():
            for file in files:
                rows = pl.scan_parquet(built.build.folder / file.path, glob=False)
                if "model" in rows.collect_schema().names():
                    models.update(rows.select("model").unique().collect()["model"].drop_nulls())
    return models.pop() if len(models) == 1 and _ON_THE_HUB.fullmatch(next(iter(models))) else None
