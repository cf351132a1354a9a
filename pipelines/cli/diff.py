"""`winnow diff`: what changed from one build to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from winnow.pipelines.cli.options import BuiltArgument, with_build
from winnow.steps.errors import UsageError

if TYPE_CHECKING:
    from winnow.steps.report.changes import Change


def diff(
    a: BuiltArgument,
    b: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN", help="The one to compare with; without it RUN's build before this one."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, with ids of the first rows.")] = False,
) -> None:
    """Compare two builds: which rows came and went, and why.

    `winnow diff RUN` compares a run's build with the one before it, `winnow diff A B` tells how one gets
    from A to B.
    """
    from winnow.steps.build.reading import find_built
    from winnow.steps.report.changes import changes

    first = find_built(with_build(a))
    if b is None:
        before, after = first.previous, first
        if before is None:
            raise UsageError(f"{a} has no build before this one: name another run to compare with")
    else:
        before, after = first, find_built(with_build(b))
    found = changes(before, after)
    if json:
        from json import dumps

        told = {kind: change.told for kind, change in found.items()}
        print(dumps({"from": before.build.id, "to": after.build.id, "datasets": told}, indent=2))  # noqa: T201
    else:
        _show(found)


def _show(found: dict[str, Change]) -> None:
    from rich.table import Table

    from winnow.pipelines.terminal import out, printable

    table = Table("dataset", "rows", "why", "count")
    table.columns[3].justify = "right"
    signs = {"came": "+ came", "went": "- went", "moved": "~ moved"}
    for kind, change in found.items():
        table.add_section()
        table.add_row(kind, "= same", "", f"{change.same:,}")
        for way, sign in signs.items():
            for why, count in sorted(getattr(change, way).items()):
                table.add_row("", sign, printable(why, 80), f"{count:,}")
    out.print(table)
    changed = sum(
        change.came.total() + change.went.total() + change.moved.total() for change in found.values()
    )
    out.print(f"{changed:,} rows changed" if changed else "nothing changed")
