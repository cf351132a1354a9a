"""Plots: what is drawn of a report, and that others' names cannot break it."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.reports import report_of, run_report

from winnow.steps.report.model import Curves, Point, Report
from winnow.steps.report.plots import PLOTS, plot_png, write_plots
from winnow.steps.report.plots.coverage import coverage_chart, reach, spend_chart
from winnow.steps.report.plots.drawing import svg
from winnow.steps.report.plots.lines import spread, thinned
from winnow.steps.report.plots.theme import names, one_line

SMALL = run_report("small", "HuggingFaceTB/SmolLM2-135M", n=16, problems=30, skill=(0.4, 2))
LARGE = run_report("large", "Qwen/Qwen2.5-7B", n=8, problems=30, skill=(1.2, 1), price=1.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    found = tmp_path_factory.mktemp("plots") / "below"
    write_plots(report_of(SMALL, LARGE), found)
    yield found


def test_every_plot_is_a_png_and_an_svg(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        f"{name}.{kind}" for name in PLOTS for kind in ("png", "svg")
    )
    for path in folder.glob("*.png"):
        told = path.read_bytes()
        width, height = struct.unpack(">II", told[16:24])
        assert told.startswith(b"\x89PNG") and 800 < width < 2000 and 300 < height < 3000
        assert len(told) < 400_000
    for path in folder.glob("*.svg"):
        text = " ".join(ElementTree.parse(path).getroot().itertext())
        assert "SmolLM2-135M" in text and "Qwen2.5-7B" in text, path


def test_plots_of_an_earlier_report_are_removed(tmp_path: Path) -> None:
    """Else they would be taken for those of a report that has nothing to draw; other files stay."""
    (tmp_path / "mine.png").touch()
    write_plots(report_of(SMALL), tmp_path)
    assert (tmp_path / "first_pass.svg").exists()
    write_plots(report_of(SMALL.model_copy(update={"first_pass": []})), tmp_path)
    left = {path.name for path in tmp_path.iterdir()}
    assert {"mine.png", "coverage.png"} <= left and not {"first_pass.svg", "first_pass.png"} & left


def test_the_coverage_plot_says_what_it_shows(folder: Path) -> None:
    text = " ".join(ElementTree.parse(folder / "coverage.svg").getroot().itertext())
    for said in ("Samples a problem (log scale)", "Problems solved", "95% intervals", "off by 1.3 points"):
        assert said in text


def test_the_same_report_gives_the_same_bytes() -> None:
    report = report_of(SMALL)
    assert plot_png(report, "coverage") == plot_png(report, "coverage")
    assert plot_png(report, "lengths") and plot_png(report, "difficulty")


def test_a_forecast_is_never_drawn_without_its_error() -> None:
    assert SMALL.curves.law is not None
    law = SMALL.curves.law.model_copy(update={"backtest_error": None})
    untested = SMALL.model_copy(update={"curves": SMALL.curves.model_copy(update={"law": law})})
    chart = coverage_chart(report_of(untested))
    assert chart is not None and "forecast" not in svg(chart)


def test_cost_is_drawn_only_where_every_run_knows_it() -> None:
    free = run_report("free", "free", n=4, problems=10, price=None)
    for report, said in ((report_of(SMALL, LARGE), "Cost"), (report_of(SMALL, free), "Tokens")):
        chart = spend_chart(report)
        assert chart is not None and f"{said}, " in json.dumps(chart.to_dict())


def test_nothing_judged_is_nothing_drawn() -> None:
    empty = {"curves": Curves(pass_at_k=[], solved_by_k=[]), "spend": [], "lengths": {}, "families": {}}
    report = report_of(SMALL.model_copy(update={**empty, "difficulty": [], "first_pass": []}))
    assert {chart_of(report) for chart_of in PLOTS.values()} == {None}
    assert {chart_of(Report(runs=[])) for chart_of in PLOTS.values()} == {None}


def test_where_asking_stopped_early_the_curve_goes_on() -> None:
    short = [Point(k=k, value=0.5, problems=4) for k in (1, 2)]
    long = [Point(k=k, value=0.6, problems=4) for k in (1, 2, 3, 4)]
    assert reach(Curves(pass_at_k=short, solved_by_k=long)) == long
    assert reach(Curves(pass_at_k=long, solved_by_k=long[:4])) == long
    assert reach(Curves(pass_at_k=[], solved_by_k=long)) == long


@pytest.mark.parametrize(
    "hostile", ["</text><script>alert(1)</script>", "a\x00b\u202ec", "{{1}}' \" &amp;", "x" * 900]
)
def test_a_hostile_name_stays_text(hostile: str) -> None:
    found = SMALL.model_copy(update={"name": hostile, "models": [hostile]})
    for chart_of in PLOTS.values():
        chart = chart_of(report_of(found, LARGE))
        assert chart is not None
        root = ElementTree.fromstring(svg(chart))
        assert not [tag for tag in root.iter() if tag.tag.endswith("script")]


def test_runs_are_told_apart() -> None:
    twin = SMALL.model_copy(update={"name": "warm"})
    assert names(report_of(SMALL, LARGE)) == ["SmolLM2-135M", "Qwen2.5-7B"]
    assert names(report_of(SMALL, twin)) == ["small", "warm"]
    assert names(report_of(SMALL, SMALL)) == ["1: small", "2: small"]


@given(st.text(), st.integers(1, 40))
def test_a_label_is_one_short_line(text: str, longest: int) -> None:
    label = one_line(text, longest)
    assert len(label) <= longest and label.isprintable() and label == label.strip()


@given(st.lists(st.floats(0, 1), max_size=12), st.floats(0.01, 0.2))
def test_labels_do_not_overlap_and_keep_their_order(values: list[float], gap: float) -> None:
    placed = spread(values, gap)
    ordered = sorted(placed)
    assert all(high - low >= gap * 0.999 for low, high in pairwise(ordered))
    order = sorted(range(len(values)), key=lambda at: (values[at], at))
    assert [placed[at] for at in order] == ordered


@given(st.integers(1, 10_000))
def test_thinning_keeps_both_ends(most: int) -> None:
    kept = list(thinned(range(most)))
    assert kept[0] == 0 and kept[-1] == most - 1 and len(kept) <= 161 and kept == sorted(set(kept))
