"""`winnow status`: what a run has done so far, from another terminal too."""

from __future__ import annotations

from winnow.pipelines.cli.options import RunArgument, existing_run


def status(run: RunArgument) -> None:
    """Show how a run stands: while it goes on by what it says of itself, afterwards by its ledger."""
    from winnow.pipelines.folder import RunFolder
    from winnow.pipelines.status import show_status

    show_status(RunFolder(existing_run(run)))
