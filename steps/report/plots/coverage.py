"""What more samples bring: coverage against samples, and against what they cost."""

from __future__ import annotations

from collections.abc import Sequence

from winnow.steps.report.model import Curves, Point, Report
from winnow.steps.report.plots.drawing import Chart
from winnow.steps.report.plots.lines import Line, line_chart
from winnow.steps.report.plots.theme import names


def coverage_chart(report: Report) -> Chart | None:
    """Coverage against samples, as in Figure 3 of "Large Language Monkeys" (arXiv 2407.21787): a line a run,
    its 95% interval, and the law's forecast with the error that it would have made before."""
    lines, errors = [], []
    for at, (run, name) in enumerate(zip(report.runs, names(report), strict=True)):
        curve, law = reach(run.curves), run.curves.law
        ahead = (
            [(point.k, point.value) for point in law.forecast]
            if law and law.backtest_error is not None
            else []
        )
        if curve and ahead:
            ahead = [place for place in ahead if place[0] > curve[-1].k]
            errors.append(law.backtest_error if law and law.backtest_error is not None else 0.0)
        lines.append(Line(name, at, [(one.k, one.value, one.low, one.high) for one in curve], ahead))
    if not any(line.points for line in lines):
        return None
    said = ["Share of problems with at least one pass; bands are 95% intervals."]
    if errors:
        said.append(f"Dashed: forecast of a fitted law; on a backtest it was off by {_points(errors)}.")
    return line_chart(
        lines, "Coverage grows with samples", said, "Samples a problem (log scale)", "Problems solved"
    )


def spend_chart(report: Report) -> Chart | None:
    """Coverage against cost where every run knows it, else against tokens: who solves most for a budget."""
    priced = all(row.cost for run in report.runs for row in run.spend)
    lines = []
    for at, (run, name) in enumerate(zip(report.runs, names(report), strict=True)):
        places = [((row.cost if priced else row.tokens) or 0, row.coverage) for row in run.spend]
        lines.append(Line(name, at, [(x, y, None, None) for x, y in places if x > 0]))
    if not any(line.points for line in lines):
        return None
    said = "All problems asked once, twice, and so on. Where lines cross, another model is the better buy."
    x = (
        "Cost, in the currency of the prices (log scale)"
        if priced
        else "Tokens, prompts included (log scale)"
    )
    return line_chart(lines, "What a budget solves", [said], x, "Problems solved")


def reach(curves: Curves) -> list[Point]:
    """The curve to show of coverage: the unbiased one where it goes as far as there are completions.

    Where asking stopped early it ends where the first problem did; then what the first k solved is shown.
    """
    unbiased, solved = curves.pass_at_k, curves.solved_by_k
    return unbiased if unbiased and (not solved or unbiased[-1].k >= solved[-1].k) else solved


def _points(errors: Sequence[float]) -> str:
    least, most = (f"{100 * error:.1f}" for error in (min(errors), max(errors)))
    return f"{most} points" if least == most else f"{least} to {most} points"
