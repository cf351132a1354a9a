"""Lines of several runs, each named where it ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import altair as alt

from winnow.steps.report.plots.drawing import Chart, rows
from winnow.steps.report.plots.theme import HEIGHT, WIDTH, colour

T = TypeVar("T")
_LABEL_HEIGHT = 17
_MOST_POINTS = 160


@dataclass(frozen=True, slots=True)
class Line:
    """What is drawn of one run: places of (x, y, low, high), and further ones that are forecast."""

    name: str
    at: int
    """The run's place, which gives the colour."""
    points: Sequence[tuple[float, float, float | None, float | None]]
    forecast: Sequence[tuple[float, float]] = ()

    @property
    def places(self) -> list[tuple[float, float]]:
        """All that it goes through."""
        return [*((x, y) for x, y, _, _ in self.points), *self.forecast]


def line_chart(lines: Sequence[Line], title: str, subtitle: Sequence[str], x: str, y: str) -> Chart:
    """Lines over a log x axis, shares on the y axis, bands where there are intervals."""
    drawn = [line for line in lines if line.points]
    xs = [x for line in drawn for x, _ in line.places]
    ends = {line.at: line.places[-1] for line in drawn}
    labels = spread([ends[line.at][1] for line in drawn], _LABEL_HEIGHT / HEIGHT)
    colours = alt.Scale(domain=[line.at for line in drawn], range=[colour(line.at) for line in drawn])
    across = _log_axis(min(xs), max(xs))
    data = [_row(line, *place) for line in drawn for place in thinned(line.points)]
    ahead = [
        _row(line, *place)
        for line in drawn
        if line.forecast
        for place in [line.points[-1][:2], *thinned(line.forecast)]
    ]
    named = [
        {"run": line.at, "x": ends[line.at][0], "y": label, "name": line.name}
        for line, label in zip(drawn, labels, strict=True)
    ]
    tint = alt.Color("run:N").scale(colours)
    up = alt.Y("y:Q").scale(domain=[0, 1]).axis(format="%", tickCount=5).title(y)
    along = alt.X("x:Q").scale(across.scale).axis(across.axis).title(x)
    band = (
        alt.Chart(rows(*[row for row in data if row["low"] is not None]))
        .mark_area(opacity=0.16)
        .encode(along, alt.Y("low:Q").title(y), alt.Y2("high:Q"), tint)
    )
    solid = alt.Chart(rows(*data)).mark_line(strokeWidth=2.6, strokeCap="round").encode(along, up, tint)
    dots = alt.Chart(rows(*[row for row in named if row["x"] == min(xs)])).mark_point(filled=True, size=70)
    dashed = alt.Chart(rows(*ahead)).mark_line(strokeWidth=1.8, strokeDash=[5, 4]).encode(along, up, tint)
    text = alt.Chart(rows(*named)).encode(along, up, alt.Text("name:N"))
    style: dict[str, Any] = {"align": "left", "dx": 8, "fontWeight": 600, "baseline": "middle"}
    halo = text.mark_text(**style, stroke="white", strokeWidth=5, strokeJoin="round")
    layers = [band, dashed, solid, dots.encode(along, up, tint), halo, text.mark_text(**style).encode(tint)]
    return alt.layer(*layers).properties(
        width=WIDTH, height=HEIGHT, title=alt.TitleParams(title, subtitle=list(subtitle))
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    scale: alt.Scale
    axis: alt.Axis


def _log_axis(low: float, high: float) -> _Axis:
    """From low to high: few ticks that are round numbers; powers of two where they are few enough."""
    high = max(high, low * 2)
    doublings = math.log2(high / low)
    if low >= 1 and doublings <= 8:
        ticks = [2.0**at for at in range(math.ceil(math.log2(low)), math.floor(math.log2(high)) + 1)]
    else:
        steps = (1, 10) if doublings > 14 else (1, 2, 5, 10)
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        ticks = sorted({step * 10.0**power for power in powers for step in steps})
        ticks = [tick for tick in ticks if low <= tick <= high]
    return _Axis(
        alt.Scale(type="log", domain=[low, high], nice=False),
        alt.Axis(values=ticks, format="~s" if low >= 1 else "~g"),
    )


def spread(values: Sequence[float], gap: float) -> list[float]:
    """Where to put labels of these heights so that each is at least `gap` from the next: none moves far.

    >>> [round(at, 2) for at in spread([0.5, 0.5, 0.9], 0.1)]
    [0.45, 0.55, 0.9]
    """
    order = sorted(range(len(values)), key=lambda at: (values[at], at))
    blocks: list[tuple[float, list[int]]] = []  # the middle of each, and who is in it
    for one in order:
        blocks.append((values[one], [one]))
        while len(blocks) > 1 and _overlap(blocks[-2], blocks[-1], gap):
            members = blocks[-2][1] + blocks[-1][1]
            blocks[-2:] = [(sum(values[at] for at in members) / len(members), members)]
    placed = [0.0] * len(values)
    for middle, members in blocks:
        for place, at in enumerate(members):
            placed[at] = middle + (place - (len(members) - 1) / 2) * gap
    return placed


def _overlap(below: tuple[float, list[int]], above: tuple[float, list[int]], gap: float) -> bool:
    reach = (len(below[1]) + len(above[1])) / 2 * gap
    return above[0] - below[0] < reach


def thinned(points: Sequence[T]) -> Sequence[T]:
    """Of many points those that a log axis shows: the first and the last, and ever fewer between."""
    most = len(points)
    if most <= _MOST_POINTS:
        return points
    wanted = {round(most ** (at / (_MOST_POINTS - 1))) - 1 for at in range(_MOST_POINTS)}
    return [points[at] for at in sorted(wanted | {0, most - 1})]


def _row(
    line: Line, x: float, y: float, low: float | None = None, high: float | None = None
) -> dict[str, Any]:
    return {"run": line.at, "x": x, "y": y, "low": low, "high": high}
