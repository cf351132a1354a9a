"""How problems and completions spread: by pass rate, by the first pass, by length, by family."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from winnow.steps.report.model import Bin, Report
from winnow.steps.report.plots.drawing import Chart, rows
from winnow.steps.report.plots.theme import FAIL, MUTED, PASS, WIDTH, colour, names, one_line

_PANEL = 120
_MOST_FAMILIES = 24


def difficulty_chart(report: Report) -> Chart | None:
    """Problems by pass rate: what is never solved, what always, and what lies between."""
    found = [
        {"run": name, "at": at, "label": _percent(one, last), "order": order, "count": one.count}
        for at, (name, bins) in enumerate(_each(report, "difficulty"))
        for order, (one, last) in enumerate(_marked(bins))
    ]
    said = "Problems by the share of their completions that passed."
    return _columns(report, found, "How hard the problems are", said, "Pass rate of a problem", "Problems")


def first_pass_chart(report: Report) -> Chart | None:
    """Problems by how many completions it took until the first one passed."""
    found = [
        {"run": name, "at": at, "label": _whole(one, last), "order": order, "count": one.count}
        for at, (name, bins) in enumerate(_each(report, "first_pass"))
        for order, (one, last) in enumerate(_marked(bins))
    ]
    said = "Of the problems that were solved: how many completions were sampled up to the first pass."
    x = "Completions until the first pass"
    return _columns(report, found, "How soon problems are solved", said, x, "Problems")


def lengths_chart(report: Report) -> Chart | None:
    """Completions by length: what passed against what failed, each as shares of its own."""
    called = names(report)
    found = [
        {"run": name, "status": status, "low": one.low, "high": one.high, "share": one.count / total}
        for name, run in zip(called, report.runs, strict=True)
        for status, bins in sorted(run.lengths.items())
        if (total := sum(one.count for one in bins))
        for one in even(bins)
    ]
    if not found:
        return None
    present = [name for name in called if any(row["run"] == name for row in found)]
    tint = alt.Color("status:N").scale(domain=["pass", "fail"], range=[PASS, FAIL])
    along = alt.X("low:Q").title("Length in characters").axis(tickCount=8, format=",d").scale(nice=False)
    up = alt.Y("share:Q").stack(None).title("Share").axis(format="%", tickCount=3)
    bars = (
        alt.Chart()
        .mark_bar(opacity=0.2, binSpacing=0)
        .encode(along.bin("binned"), alt.X2("high:Q"), up, tint)
    )
    # The last step is as wide as the others.
    outline = (
        alt.Chart(rows(*found, *[{**row, "low": row["high"]} for row in _lasts(found)]))
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(along, up, tint)
    )
    both = alt.layer(bars, outline, data=rows(*found)).properties(width=WIDTH, height=_PANEL)
    subtitle = ["Blue passed, orange failed; each adds up to 100%. The last step: all that are longer."]
    return _panels(both, present, "Length of what passed and what failed", subtitle)


def families_chart(report: Report) -> Chart | None:
    """Pass@1 and coverage of each family, with the interval of the latter: what repeated sampling brings."""
    called = names(report)
    found: list[dict[str, Any]] = []
    for at, (name, run) in enumerate(zip(called, report.runs, strict=True)):
        told = run.families.get("family", [])[-_MOST_FAMILIES:]
        found += [
            {"run": name, "at": at, "family": one_line(one.value, 28), "first": one.pass_at_1}
            | {"coverage": one.coverage, "low": one.low, "high": one.high}
            for one in told
            if one.coverage is not None
        ]
    if not found:
        return None
    present = [name for name in called if any(row["run"] == name for row in found)]
    tint = _tint(called)
    order = list(dict.fromkeys(row["family"] for row in found))
    down = alt.Y("family:N").sort(order).title(None).axis(labelLimit=220)
    base = alt.Chart()
    share = alt.Scale(domain=[0, 1])
    interval = base.mark_rule(strokeWidth=7, opacity=0.18).encode(
        down, alt.X("low:Q").scale(share).axis(format="%", grid=True).title("Share"), alt.X2("high:Q"), tint
    )
    bar = base.mark_rule(strokeWidth=2).encode(down, alt.X("first:Q"), alt.X2("coverage:Q"), tint)
    ring = base.mark_point(filled=True, fill="white", size=65, strokeWidth=2, opacity=1).encode(
        down, alt.X("first:Q"), alt.Stroke("run:N").scale(_scale(called))
    )
    dot = base.mark_point(filled=True, size=80, opacity=1).encode(down, alt.X("coverage:Q"), tint)
    height = max(_PANEL // 2, 24 * len(order))
    layers = alt.layer(interval, bar, ring, dot, data=rows(*found)).properties(
        width=WIDTH - 120, height=height
    )
    said = ["Ring: right at the first try (pass@1). Dot: solved at least once, with its 95% interval."]
    return _panels(layers, present, "What asking again brings, by family", said)


def _columns(
    report: Report, found: list[dict[str, Any]], title: str, said: str, x: str, y: str
) -> Chart | None:
    """Columns for counts, a panel a run."""
    if not found:
        return None
    called = names(report)
    present = [name for name in called if any(row["run"] == name for row in found)]
    order = [row["label"] for row in sorted(found, key=lambda row: row["order"])]
    along = alt.X("label:N").sort(list(dict.fromkeys(order))).title(x).axis(labelAngle=0, ticks=False)
    data = rows(*found)
    bars = (
        alt.Chart()
        .mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2)
        .encode(along, alt.Y("count:Q").title(y).axis(tickCount=3, format="~s"), _tint(called))
    )
    counts = (
        alt.Chart()
        .mark_text(dy=-7, fontSize=11.5, color=MUTED)
        .encode(along, alt.Y("count:Q"), alt.Text("count:Q", format=","))
    )
    both = alt.layer(bars, counts, data=data).properties(width=WIDTH, height=_PANEL)
    return _panels(both, present, title, [said])


def even(bins: Sequence[Bin]) -> list[Bin]:
    """The bins, with the last one, which reaches to the longest, as wide as the one before it."""
    if len(bins) < 2:
        return list(bins)
    high = min(bins[-1].high, bins[-1].low + bins[-2].high - bins[-2].low)
    return [*bins[:-1], bins[-1].model_copy(update={"high": high})]


def _lasts(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each run and status the row of the highest bin."""
    return list(
        {(row["run"], row["status"]): row for row in sorted(found, key=lambda row: row["low"])}.values()
    )


def _panels(chart: Any, present: Sequence[str], title: str, said: Sequence[str]) -> Chart:
    """A panel a run, one below the other; a single run needs no name above it."""
    head = alt.TitleParams(title, subtitle=list(said))
    if len(present) == 1:
        alone: Chart = chart.properties(title=head)
        return alone
    found: Chart = chart.facet(row=alt.Row("run:N").sort(list(present)).title(None).header(labelOrient="top"))
    faceted: Chart = found.properties(title=head).resolve_scale(y="independent")
    return faceted


def _tint(called: Sequence[str]) -> alt.Color:
    return alt.Color("run:N").scale(_scale(called))


def _scale(called: Sequence[str]) -> alt.Scale:
    return alt.Scale(domain=list(called), range=[colour(at) for at in range(len(called))])


def _each(report: Report, name: str) -> list[tuple[str, list[Bin]]]:
    return [(called, getattr(run, name)) for called, run in zip(names(report), report.runs, strict=True)]


def _marked(bins: Sequence[Bin]) -> list[tuple[Bin, bool]]:
    return [(one, at == len(bins) - 1) for at, one in enumerate(bins)]


def _percent(one: Bin, last: bool) -> str:
    return f"{100 * one.low:.0f}–{100 * one.high:.0f}%"


def _whole(one: Bin, last: bool) -> str:
    """The whole numbers of a bin: its upper end belongs to the last one alone."""
    low, high = int(one.low), int(one.high) if last else int(one.high) - 1
    return f"{low:,}" if low >= high else f"{low:,}–{high:,}"
