"""`winnow status`: what a run has done so far, from another terminal too."""

from __future__ import annotations

from winnow.pipelines.cli.options import RunArgument, existing_run


def status(run: RunArgument) -> None:
    """Show what a run's ledger holds: problems, completions, verdicts, tokens, and how it last ended."""
    from winnow.pipelines.folder import RunFolder
    from winnow.pipelines.status import show_status

    show_status(RunFolder(existing_run(run)))
