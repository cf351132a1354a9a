"""`winnow report`: what runs have come to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from winnow.pipelines.cli.options import existing_run

RunsArgument = Annotated[
    list[str], typer.Argument(metavar="RUN", help="Runs, their folders or their names below ./runs.")
]


def report(
    runs: RunsArgument,
    to: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Where the report is written: RUN/report of one run, reports/ of several.",
        ),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by", metavar="COLUMN", help="A column of the problems' metadata; may be given often."
        ),
    ] = None,
    groups: Annotated[
        int,
        typer.Option("--groups", min=0, help="How many groups of each run the page shows; 0: all of them."),
    ] = 1_000,
) -> None:
    """Report pass@k with intervals, what more samples would solve, and what solved problems and rows cost.

    Reads ledgers and last builds, samples nothing, and takes no lock.
    """
    from winnow.pipelines.report import place_of, report_runs, show_report, write_report

    folders = [existing_run(run, built=True) for run in runs]
    told = report_runs(folders, by or [])
    written = write_report(told, folders, to or place_of(folders), groups or None)
    show_report(told, written)
