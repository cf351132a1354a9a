"""Arguments that several verbs take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from winnow.steps.errors import UsageError

RecipeArgument = Annotated[str, typer.Argument(metavar="RECIPE", help="The recipe's YAML file.")]
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="A run's folder, or its name below ./runs.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY.KEY=VALUE", help="Override a key of the recipe; may be given often."),
]
RunsDirOption = Annotated[str, typer.Option("--runs-dir", metavar="DIR", help="Where runs lie.")]


def existing_run(run: str) -> Path:
    """The folder of a run that is there.

    Raises:
        UsageError: it is not; tells which runs are.
    """
    for path in (Path(run), Path("runs") / run):
        if (path / "manifest.json").is_file():
            return path
    there = sorted(found.parent.name for found in Path("runs").glob("*/manifest.json"))[:10]
    told = f"./runs has: {', '.join(there)}" if there else "there are none in ./runs"
    raise UsageError(f"no run at {run}: expected a folder with a manifest.json; {told}")
