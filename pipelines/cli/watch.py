"""`winnow watch`: a run in panels, from another terminal."""

from __future__ import annotations

import os
import sys

import typer

from winnow.pipelines.cli.options import RunArgument, existing_run
from winnow.steps.errors import UsageError


def watch(run: RunArgument) -> None:
    """Watch a run in a terminal: problems, verdicts, cost, servers, tokens a second, events.

    Keys: q leaves, r reads everything again. The run is not disturbed, and may have ended.
    """
    folder = existing_run(run)
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM") in (None, "", "dumb"):
        raise UsageError(f"watch needs a terminal that can draw: `winnow status {run}` prints lines")
    from winnow.pipelines.folder import RunFolder
    from winnow.pipelines.live.dashboard import show

    raise typer.Exit(show(RunFolder(folder)))
