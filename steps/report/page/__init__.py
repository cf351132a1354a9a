"""A report as a page that opens offline: `report.html`, with the groups' texts in files beside it where they
are many."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from winnow.steps.errors import MissingError
from winnow.steps.report.model import Curves, Report
from winnow.steps.report.page.choice import GROUPS
from winnow.steps.report.page.chunks import Beside
from winnow.steps.report.page.groups import Shown, put_groups
from winnow.steps.report.page.html import page_of
from winnow.steps.report.plots.lines import thinned
from winnow.steps.report.plots.theme import names

__all__ = ["GROUPS", "Shown", "write_page"]

FOLDER = "report-groups"
"""Beside the page, with the data that are too many for it."""
_OURS = re.compile(r"index\.js|\d{5,}\.js")
_INSIDE = 1_500_000  # bytes of groups that stand in the page itself


def write_page(report: Report, runs: Sequence[Shown], out: Path, *, groups: int | None = GROUPS) -> Path:
    """Write `report.html` into a folder, and `report-groups/` beside it where the texts are many.

    Args:
        runs: where the groups of each run of the report are, in its order.
        groups: how many groups of a run the page shows; None: all of them.

    Raises:
        MissingError: the folder cannot be written.
    """
    try:
        for earlier in (out / FOLDER).glob("*/*.js"):
            if _OURS.fullmatch(earlier.name):
                earlier.unlink()
    except OSError as broken:
        raise MissingError(f"{out / FOLDER} cannot be written: {broken.strerror}") from None
    beside = Beside(out / FOLDER, _INSIDE)
    told = [put_groups(run, str(at), beside, groups) for at, run in enumerate(runs)]
    shown = [{"groups": one.groups, "shown": one.shown, "candidates": one.candidates} for one in told]
    page = out / "report.html"
    try:
        out.mkdir(parents=True, exist_ok=True)
        page.write_bytes(page_of({**_slim(report), "shown": shown, "names": names(report)}, beside.inside))
    except OSError as broken:
        raise MissingError(f"{page} cannot be written: {broken.strerror}") from None
    return page


def _slim(report: Report) -> dict[str, Any]:
    """The report as data, with as many places of each curve as a plot shows."""
    runs = [
        run.model_copy(
            update={
                "curves": _thin(run.curves),
                "spend": list(thinned(run.spend)),
                "families": {
                    column: [one.model_copy(update={"pass_at_k": [], "solved_by_k": []}) for one in families]
                    for column, families in run.families.items()
                },
            }
        )
        for run in report.runs
    ]
    return report.model_copy(update={"runs": runs}).model_dump(mode="json")


def _thin(curves: Curves) -> Curves:
    each = {
        name: list(thinned(getattr(curves, name)))
        for name in ("pass_at_k", "solved_by_k", "majority", "best_of_n", "weighted")
    }
    return curves.model_copy(update=each)
