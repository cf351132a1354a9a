"""The demo on the real model, smaller: what it keeps is judged anew, by the command and line by line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, load_dataset
from support.command import winnow, winnow_afresh

RECIPE = Path(__file__).parents[2] / "pipelines/recipes/demo.yaml"
SMALL = ("--set", "source.per_family=1", "--set", "sample.max_n=8")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    done = winnow("run", RECIPE, *SMALL, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "pass@1" in done.stdout
    return folder / "runs/demo"


def loaded(run: Path, name: str) -> Dataset:
    files = str(run / "datasets" / name / "*.parquet")
    return load_dataset("parquet", data_files=files, split="train", cache_dir=str(run / "cache"))


def judged(run: Path, lines: list[dict[str, Any]]) -> list[str]:
    told = "".join(json.dumps(line) + "\n" for line in lines)
    done = winnow_afresh("check", "per_problem", cwd=run, input=told)
    assert done.returncode == 0, done.stderr
    return [json.loads(line)["status"] for line in done.stdout.splitlines()]


def test_every_sft_row_passes(run: Path) -> None:
    rows = loaded(run, "sft")
    assert rows.num_rows >= 4
    lines = [{"reference": row["reference"], "completion": row["messages"][-1]["content"]} for row in rows]
    assert judged(run, lines) == ["pass"] * rows.num_rows


def test_every_pair_is_right_against_wrong(run: Path) -> None:
    rows = loaded(run, "preference")
    assert rows.num_rows >= 4
    for side, status in (("chosen", "pass"), ("rejected", "fail")):
        lines = [{"reference": row["reference"], "completion": row[side][0]["content"]} for row in rows]
        assert judged(run, lines) == [status] * rows.num_rows
    assert all(row["chosen"] != row["rejected"] for row in rows)


def test_again_it_has_nothing_to_do_and_builds_the_same(run: Path) -> None:
    before = (run / "datasets/manifest.json").read_bytes()
    done = winnow("run", RECIPE, *SMALL, cwd=run.parents[1])
    assert done.returncode == 0, done.stderr
    assert "nothing to do" in done.stderr
    assert (run / "datasets/manifest.json").read_bytes() == before


def test_the_report_of_it_has_a_line_for_each_family(run: Path) -> None:
    """As `make demo` ends: with the paths of the report, whose plots the README shows."""
    done = winnow("report", "demo", cwd=run.parents[1])
    assert done.returncode == 0, done.stderr
    assert "runs/demo/report/report.html" in done.stdout
    told = json.loads((run / "report/report.json").read_text())["runs"][0]
    families = {line["value"]: line for line in told["families"]["family"]}
    assert len(families) == 8 + 1
    assert families["all"]["coverage"] == told["counts"]["solved"] / told["counts"]["problems"]
    for name in ("coverage", "families"):
        assert (run / f"report/plots/{name}.svg").read_text().startswith("<svg")
