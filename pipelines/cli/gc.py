"""`winnow gc`: what nobody needs any more, of one run or of all; and where told so, runs as a whole."""

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
    runs: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="DAYS", help="Whole runs, too, that nobody wrote to for so many days, and needs."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Delete it.")] = False,
    runs_dir: RunsDirOption = "runs",
) -> None:
    """Tell what nobody needs any more, and delete it with --yes; never what a published build came from.

    Nothing that was sampled is deleted, but for whole runs with --runs.
    """
    from winnow.pipelines.collect import collect_garbage
    from winnow.pipelines.folder import RunFolder
    from winnow.pipelines.retention import finish, retire
    from winnow.pipelines.terminal import err
    from winnow.steps.errors import UsageError
    from winnow.steps.storage.url import has_ledger, is_url

    if run is not None and runs is not None and is_url(run):
        raise UsageError(
            f"{run}: a run in a store is not deleted as a whole: remove what is below its URL by the store's "
            "own tools"
        )
    if run is None and is_url(runs_dir):
        raise UsageError(f"name a run of {runs_dir} by its URL: winnow gc {runs_dir.rstrip('/')}/NAME")
    if run is None:
        found = [path.parent for path in sorted(Path(runs_dir).glob("*/manifest.json"))]
        broken_off = finish(Path(runs_dir), delete=yes)
    else:
        found, broken_off = [existing_run(run)], 0
    if broken_off:
        err.print(f"whole runs that were half deleted: {broken_off}{'' if yes else '; --yes goes on'}")
    named = [path.resolve() if path.name in ("", "..") else path for path in found]
    kept = [RunFolder(path) for path in named if has_ledger(path)]
    gone = retire(kept, runs, delete=yes) if runs is not None else []
    some = collect_garbage([one for one in kept if one not in gone], keep, days, delete=yes)
    if not (some or gone or broken_off):
        err.print("there is nothing that nobody needs")
