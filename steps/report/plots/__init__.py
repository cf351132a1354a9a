"""Plots of a report, as PNG and SVG: drawn on this machine, from nothing but the report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from winnow.steps.errors import MissingError
from winnow.steps.report.model import Report
from winnow.steps.report.plots.bars import difficulty_chart, families_chart, first_pass_chart, lengths_chart
from winnow.steps.report.plots.coverage import coverage_chart, spend_chart
from winnow.steps.report.plots.drawing import Chart, png, svg

PLOTS: dict[str, Callable[[Report], Chart | None]] = {
    "coverage": coverage_chart,
    "spend": spend_chart,
    "difficulty": difficulty_chart,
    "first_pass": first_pass_chart,
    "lengths": lengths_chart,
    "families": families_chart,
}
"""What can be drawn, by the names of the files; a chart is None where the report has nothing for it."""


def plot_png(report: Report, name: str) -> bytes | None:
    """One of `PLOTS` as PNG; None where the report has nothing for it."""
    chart = PLOTS[name](report)
    return png(chart) if chart else None


def write_plots(report: Report, folder: Path) -> list[Path]:
    """Write `<name>.png` and `<name>.svg` of every plot that the report has something for, and remove those
    of an earlier one.

    Raises:
        MissingError: the folder cannot be written.
    """
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, chart_of in PLOTS.items():
            image, drawing = folder / f"{name}.png", folder / f"{name}.svg"
            for earlier in (image, drawing):
                earlier.unlink(missing_ok=True)
            if chart := chart_of(report):
                image.write_bytes(png(chart))
                drawing.write_text(svg(chart), encoding="utf-8")
                written += [image, drawing]
    except OSError as broken:
        raise MissingError(f"plots cannot be written to {folder}: {broken.strerror}") from None
    return written
