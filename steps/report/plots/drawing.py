"""From a chart to bytes, on this machine alone."""

from __future__ import annotations

from typing import Any

import altair as alt
import vl_convert

from winnow.steps.report.plots.theme import CONFIG

SCALE = 2.0
"""Pixels of a PNG for one of the chart's: for screens of today."""

Chart = alt.TopLevelMixin


def png(chart: Chart) -> bytes:
    """The chart as PNG."""
    return bytes(vl_convert.vegalite_to_png(_spec(chart), scale=SCALE, allowed_base_urls=[]))


def svg(chart: Chart) -> str:
    """The chart as SVG; its text stays text."""
    return str(vl_convert.vegalite_to_svg(_spec(chart), allowed_base_urls=[])) + "\n"


def _spec(chart: Chart) -> dict[str, Any]:
    with alt.data_transformers.enable("default", consolidate_datasets=False, max_rows=None):
        told: dict[str, Any] = chart.to_dict()
    return {**told, "config": CONFIG}


def rows(*found: dict[str, Any]) -> alt.InlineData:
    """Data that stand in the chart itself."""
    return alt.InlineData(values=list(found))
