"""`winnow gc`: what nobody needs any more, of one run or of all."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from winnow.pipelines.cli.options import RunsDirOption, existing_run


def gc(
    run: Annotated[
        str | None, typer.Argument(metavar="RUN", help="A run's folder, or its name; without, all runs.")
    ] = None,
    keep: Annotated[
        int, typer.Option(min=1, help="Versions of builds to keep, beside those published.")
    ] = 10,
    days: Annotated[int, typer.Option(min=0, help="Keep what was in use so many days ago.")] = 7,
    yes: Annotated[bool, typer.Option("--yes", help="Delete it.")] = False,
    runs_dir: RunsDirOption = "runs",
) -> None:
    """Tell what nobody needs any more, and delete it with --yes; never what a published build came from."""
    from winnow.pipelines.collect import collect_garbage
    from winnow.pipelines.folder import RunFolder
    from winnow.steps.errors import UsageError
    from winnow.steps.storage.url import has_ledger, is_url

    if run is not None:
        found = [existing_run(run)]
    elif is_url(runs_dir):
        raise UsageError(f"name a run of {runs_dir} by its URL: winnow gc {runs_dir.rstrip('/')}/NAME")
    else:
        found = [path.parent for path in sorted(Path(runs_dir).glob("*/manifest.json"))]
    runs = [RunFolder(path) for path in found if has_ledger(path)]
    collect_garbage(runs, keep, days, delete=yes)
