"""`winnow export`: datasets in a trainer's files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from winnow.pipelines.cli.options import BuiltArgument, with_build


def export(
    run: BuiltArgument,
    trainer: Annotated[
        str,
        typer.Option(
            "--for",
            metavar="TRAINER",
            help="trl, axolotl, llamafactory or torchtune; or prm800k, math_shepherd or processbench: "
            "labelled steps in that form.",
        ),
    ],
    to: Annotated[
        str | None, typer.Option(metavar="DIR", help="Where to; without it RUN/exports/TRAINER.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The model to train; without it the one that was sampled."),
    ] = None,
) -> None:
    """Write a run's datasets as files and configurations that a trainer takes as they are.

    The folder's README.md has the command. Nothing that you changed or added there is overwritten.
    """
    from winnow.pipelines.terminal import err, out, printable
    from winnow.steps.build.reading import find_built
    from winnow.steps.export.export import export_build
    from winnow.steps.export.readme import PLACEHOLDER
    from winnow.steps.export.trainers import trainer_of
    from winnow.steps.process.formats import FORMATS

    run = with_build(run)
    if trainer in FORMATS:
        _steps(run, trainer, to)
        return
    chosen, built = trainer_of(trainer), find_built(run)
    target = _target(run, built.owner, to, chosen.name)
    done = export_build(built, chosen, target, model)
    for data in done.datas:
        told = ", ".join(f"{split} {count:,}" for split, count in data.rows.items())
        out.print(f"{data.kind}: {told}: {chosen.kinds[data.kind].command}", soft_wrap=True)
    for name, why in done.left_out.items():
        err.print(printable(f"{name}: left out: {why}"), soft_wrap=True)
    if done.model == PLACEHOLDER:
        err.print("no model of the Hub was sampled: set yours with --model, or in the configurations")
    out.print(f"in {printable(str(target))}, see its README.md", soft_wrap=True)


def _steps(run: str, name: str, to: str | None) -> None:
    """Labelled reasoning steps, in a form that others publish theirs in."""
    from winnow.pipelines.terminal import err, out, printable
    from winnow.steps.build.reading import find_built
    from winnow.steps.export.steps import export_steps
    from winnow.steps.process.formats import FORMATS

    built = find_built(run)
    target = _target(run, built.owner, to, name)
    done = export_steps(built, FORMATS[name], target)
    told = ", ".join(f"{split} {count:,}" for split, count in done.rows.items()) or "no rows"
    for why, count in done.left_out.items():
        err.print(printable(f"{count:,} rows left out: {why}"), soft_wrap=True)
    out.print(f"{name}: {told}, in {printable(str(target))}", soft_wrap=True)


def _target(run: str, owner: Path | None, to: str | None, name: str) -> Path:
    from winnow.steps.errors import UsageError

    if to is None and owner is None:
        raise UsageError(f"{run} is a build's own folder: say where to with --to")
    return Path(to) if to else Path(owner or ".") / "exports" / name
