"""`winnow report`: from runs' folders to figures."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from support.command import winnow
from support.recipes import write_jsonl, write_recipe, write_sums
from support.reviews import said

from winnow.pipelines.report import place_of, report_runs, write_report
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.ledger import Ledger


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs, `sums` and `more`: 6 and 4 problems of 4 completions, by turns right and wrong."""
    folder = tmp_path_factory.mktemp("runs")
    rows = [
        {"id": str(at), "q": f"What is {at} + {at}?", "a": str(at + at), "level": at % 2} for at in range(6)
    ]
    for name, count in (("sums", 6), ("more", 4)):
        write_sums(folder, count=count)
        write_jsonl(folder / "problems.jsonl", rows[:count])
        source = {
            "type": "jsonl",
            "path": str(folder / "problems.jsonl"),
            "id": "id",
            "prompt": "q",
            "reference": {"answer": "a"},
            "metadata": {"level": "level"},
        }
        done = winnow("run", write_recipe(folder, name=name, source=source), cwd=folder)
        assert done.returncode == 0, done.stderr
    return folder


def test_the_command(runs: Path) -> None:
    """It writes everything, and prints what matters most."""
    done = winnow("report", "sums", "runs/more", "--by", "level", "--out", "out", "--groups", "2", cwd=runs)
    assert done.returncode == 0, done.stderr
    assert "0.500" in done.stdout and "1.000 @4" in done.stdout and "out/report.json" in done.stdout
    assert {"report.json", "report.html", "plots"} <= {path.name for path in (runs / "out").iterdir()}
    first, second = json.loads((runs / "out/report.json").read_text())["runs"]
    assert (first["name"], second["name"]) == ("sums", "more")
    levels = first["families"]["level"]
    assert [(one["value"], one["problems"]) for one in levels] == [("0", 3), ("1", 3), ("all", 6)]
    assert (first["audit"]["golds"], first["audit"]["golds_passed"]) == (6, 6)
    assert first["models"] == ["replay"] and "type: replay" in first["recipe"]
    assert "recipe" not in json.loads(first["manifest"])


def test_kept_rows_are_those_of_the_build(runs: Path) -> None:
    (told,) = report_runs([runs / "runs/sums"]).runs
    built = {
        name: pl.read_parquet(runs / f"runs/sums/datasets/{name}/*.parquet").height
        for name in ("sft", "preference")
    }
    assert {one.dataset: one.rows for one in told.kept} == built
    assert all(one.figures["pass_rate"] == 0.5 and "rows" not in one.figures for one in told.kept)
    assert told.families["family"][-1].rows == built
    odd, even, _ = report_runs([runs / "runs/sums"], ["level"]).runs[0].families["level"]
    assert {name: odd.rows[name] + even.rows[name] for name in built} == built


def test_what_people_said_is_told(tmp_path: Path) -> None:
    """Three of what passed were reviewed: two are right, says who looked last at each."""
    done = winnow("run", write_sums(tmp_path, count=3), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = tmp_path / "runs/sums"
    assert report_runs([run]).runs[0].audit.reviewed == 0
    ledger = Ledger(run / "ledger")
    passed = ledger.scan("verdicts").filter(pl.col("status") == "pass").sort("id").head(3).collect()
    reviews = [
        said(problem, completion, "someone", right)
        for (problem, completion), right in zip(
            passed.select("problem", "completion").iter_rows(), (True, False, True), strict=True
        )
    ]
    ledger.commit({"reviews": reviews})
    audit = report_runs([run]).runs[0].audit
    assert (audit.reviewed, audit.precision) == (3, 0.666667)
    assert audit.precision_low is not None and 0 < audit.precision_low < 0.67


def test_a_forecast_stands_beside_its_backtest_or_not_at_all(runs: Path) -> None:
    """Of four completions a problem no backtest can be made."""
    report = report_runs([runs / "runs/sums"])
    law = report.runs[0].curves.law
    assert law is not None and law.backtest_error is None
    done = winnow("report", "sums", cwd=runs)
    assert f"@{law.forecast[-1].k}" not in done.stdout


def test_the_same_runs_give_the_same_report(runs: Path) -> None:
    folders = [runs / "runs/sums", runs / "runs/more"]
    assert report_runs(folders).model_dump_json() == report_runs(folders).model_dump_json()


def test_mistakes_are_told(runs: Path) -> None:
    run = runs / "runs/sums"
    for folders, by, wanted in (
        ([run, run], [], "named twice"),
        ([run], ["lvel"], "no problem says so in its metadata"),
        ([run], ["a'b"], "expected the name of a column"),
    ):
        with pytest.raises(UsageError, match=wanted):
            report_runs(folders, by)
    (runs / "file").touch()
    with pytest.raises(MissingError, match=r"file cannot be made.*--out"):
        write_report(report_runs([run]), [run], runs / "file")
    done = winnow("report", "nothing", cwd=runs)
    assert done.returncode == 2 and "no run at nothing" in done.stderr and "Traceback" not in done.stderr


def test_rows_of_another_verifier_are_not_told(runs: Path) -> None:
    """As after `winnow verify --recipe`, until it is built anew."""
    folder = runs / "runs/more"
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["recipe"]["verify"] = {"type": "math"}
    try:
        before = (folder / "manifest.json").read_text()
        (folder / "manifest.json").write_text(json.dumps(manifest))
        (told,) = report_runs([folder]).runs
    finally:
        (folder / "manifest.json").write_text(before)
    assert told.kept == [] and told.counts.statuses == {} and told.counts.completions == 16


def test_runs_that_are_called_alike_are_told_apart(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "sums").symlink_to(runs / "runs/more", target_is_directory=True)
    with pytest.raises(UsageError, match="named twice"):
        report_runs([runs / "runs/more", tmp_path / "sums"])
    (tmp_path / "a").mkdir()
    copy = tmp_path / "a/sums"
    copy.mkdir()
    for entry in (runs / "runs/more").iterdir():
        (copy / entry.name).symlink_to(entry)
    names = [run.name for run in report_runs([runs / "runs/sums", copy]).runs]
    assert names == [str(runs / "runs/sums"), str(copy)]


def test_where_a_report_goes(tmp_path: Path) -> None:
    """Reports of different runs never share a folder because their names are long."""
    long = [tmp_path / ("a" * 90), tmp_path / "b", tmp_path / "c"]
    places = [place_of([long[0], other]) for other in long[1:]]
    assert places[0] != places[1] and all(len(place.name) <= 80 for place in places)
    assert place_of([tmp_path / "a"]) == tmp_path / "a/report"
    assert place_of([tmp_path / "a", tmp_path / "b"]) == Path("reports/a-b")
