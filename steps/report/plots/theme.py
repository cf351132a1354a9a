"""How plots look: colours that colour-blind readers tell apart, sizes, and what text may stand in them."""

from __future__ import annotations

import unicodedata
from typing import Any

from winnow.steps.report.model import Report, RunReport

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#AA4499", "#56B4E9", "#B07D00", "#882255", "#555555")
"""One a run, by turns: Okabe and Ito's colours, with those darkened that would be too light on white."""
PASS, FAIL = "#0072B2", "#D55E00"
WIDTH, HEIGHT = 560, 340
"""Of the area that data are drawn in, in pixels before scaling."""
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
INK, MUTED, GRID = "#1f2933", "#5b6773", "#e3e7eb"
_LONGEST_LABEL = 30

CONFIG: dict[str, Any] = {
    "background": "white",
    "font": FONT,
    "padding": {"left": 14, "right": 14, "top": 12, "bottom": 10},
    "view": {"stroke": None},
    "title": {
        "anchor": "start",
        "frame": "group",
        "fontSize": 17,
        "fontWeight": 600,
        "color": INK,
        "subtitleColor": MUTED,
        "subtitleFontSize": 12.5,
        "subtitlePadding": 5,
        "offset": 14,
    },
    "axis": {
        "labelFontSize": 12.5,
        "titleFontSize": 13,
        "titleFontWeight": "normal",
        "labelColor": MUTED,
        "titleColor": INK,
        "gridColor": GRID,
        "domain": False,
        "ticks": False,
        "labelPadding": 7,
        "labelFlush": False,
        "titlePadding": 10,
    },
    "axisX": {"grid": False, "domain": True, "domainColor": "#9aa5b1", "ticks": True, "tickColor": "#9aa5b1"},
    "header": {
        "title": None,
        "labelFontSize": 13,
        "labelFontWeight": 600,
        "labelAnchor": "start",
        "labelColor": INK,
    },
    "text": {"fontSize": 13, "color": INK},
    "legend": {"disable": True},
}


def names(report: Report) -> list[str]:
    """What each run is called in a plot: its model where that tells runs apart, else the run's own name.

    Each is one short line, and no two are equal.
    """
    models = [_model(run) for run in report.runs]
    told = models if len(set(models)) == len(models) else [run.name for run in report.runs]
    short = [one_line(name, _LONGEST_LABEL) for name in told]
    return [name if short.count(name) == 1 else f"{at + 1}: {name}" for at, name in enumerate(short)]


def colour(at: int) -> str:
    """The colour of the run at this place."""
    return PALETTE[at % len(PALETTE)]


def one_line(text: str, longest: int) -> str:
    """Text of somebody else's as a label: on one line, without control or direction marks, cut.

    >>> one_line("a\\nb\\u202e c", 20), one_line("abcdef", 4)
    ('a b c', 'abc…')
    """
    kept = "".join(" " if char.isspace() else char for char in text if _shows(char))
    words = " ".join(kept.split())
    return words if len(words) <= longest else words[: longest - 1] + "…"


def _shows(char: str) -> bool:
    return char.isspace() or not unicodedata.category(char).startswith("C")


def _model(run: RunReport) -> str:
    return ", ".join(model.rsplit("/", 1)[-1] for model in run.models) or run.name
