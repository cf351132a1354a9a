"""`winnow mix`: several runs as one dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from winnow.steps.errors import UsageError

if TYPE_CHECKING:
    from winnow.steps.mix.mix import Mix, Part


def mix(
    out: Annotated[str, typer.Argument(metavar="OUT", help="The folder to write, such as runs/both.")],
    runs: Annotated[
        list[str],
        typer.Argument(metavar="RUN[:WEIGHT]...", help="Runs or mixes; 0.5 takes half of the rows."),
    ],
    repeat: Annotated[
        bool, typer.Option("--repeat", help="Let weights over 1 repeat rows: 2 has each of them twice.")
    ] = False,
) -> None:
    """Put the datasets of several runs together in a folder like a run's, which `winnow export` takes.

    Of equal rows the run that is named first has it. What any run holds out for validation or test is in
    no other's train.
    """
    from winnow.pipelines.terminal import out as terminal
    from winnow.pipelines.terminal import printable
    from winnow.steps.mix.mix import mix_builds

    parts = [_part(one, repeat) for one in runs]
    done = mix_builds(parts, Path(out))
    _show(parts, done)
    terminal.print(f"mix: {printable(out)}", soft_wrap=True)


def _part(told: str, repeat: bool) -> Part:
    from winnow.pipelines.cli.options import with_build
    from winnow.steps.build.reading import find_built
    from winnow.steps.mix.mix import Part

    name, colon, tail = told.rpartition(":")
    try:
        weight = float(tail) if colon else 1.0
    except ValueError:
        name, colon, weight = told, "", 1.0
    if colon and not 0 < weight < float("inf"):
        raise UsageError(f"{told}: a weight is a number over 0, as in {name}:0.5")
    if weight > 1 and not repeat:
        raise UsageError(f"{told}: a weight over 1 repeats rows: say --repeat if that is what you want")
    return Part(find_built(with_build(name if colon else told)), weight)


def _show(parts: list[Part], done: Mix) -> None:
    from rich.table import Table

    from winnow.pipelines.terminal import out, printable
    from winnow.steps.mix.mix import BOTH_WAYS, DUPLICATE, HELD_OUT, NOT_DRAWN

    kinds = sorted({kind for taken in done.taken for kind in taken.rows})
    whys = (DUPLICATE, HELD_OUT, BOTH_WAYS, NOT_DRAWN)
    table = Table("run", "weight", *kinds, *whys)
    for column in table.columns[1:]:
        column.justify = "right"
    for part, taken in zip(parts, done.taken, strict=True):
        rows = [*(taken.rows[kind] for kind in kinds), *(taken.left_out[why] for why in whys)]
        table.add_row(printable(part.built.name, 60), f"{part.weight:g}", *(f"{count:,}" for count in rows))
    out.print(table)
