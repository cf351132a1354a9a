"""`winnow compact`: fewer, larger files in a ledger."""

from __future__ import annotations

from winnow.pipelines.cli.options import RunArgument, existing_run


def compact(run: RunArgument) -> None:
    """Merge the small files of a run's ledger, and delete those out of use for a week."""
    from winnow.pipelines.folder import RunFolder
    from winnow.pipelines.settled import moved
    from winnow.pipelines.terminal import out
    from winnow.pipelines.versions import Versions
    from winnow.pipelines.working import working
    from winnow.steps.ledger import Ledger

    folder = RunFolder(existing_run(run))
    ledger = Ledger(folder.ledger)
    with folder.held(), working("merging small files"):
        before = ledger.versions()
        merged = ledger.compact(Versions.of(folder).ledgers)
        moved(folder, before)
    told = ", ".join(f"{table}: {files} files merged" for table, files in merged.items())
    out.print(told or "nothing to merge")
