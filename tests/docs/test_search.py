"""The page on search: every strategy and key is named, and its recipe is one."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path
from typing import get_args

import pytest
import yaml
from pydantic import TypeAdapter
from support import documented

from winnow.steps.sample.config import SampleConfig
from winnow.steps.sample.search.base import SearchConfig
from winnow.steps.sample.search.config import AnySearch
from winnow.steps.sample.search.optimal_config import Bin
from winnow.steps.sample.search.tuning import CHOOSE

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/search.md").read_text()
SEARCHES: list[type[SearchConfig]] = list(get_args(get_args(AnySearch)[0]))


def test_every_search_and_key_is_named() -> None:
    for search in SEARCHES:
        for key, field in search.model_fields.items():
            assert f"`{get_args(field.annotation)[0] if key == 'type' else key}`" in PAGE, (search, key)


def test_the_recipes_can_be() -> None:
    recipes = [yaml.safe_load(told) for told in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
    searches = [TypeAdapter(SampleConfig).validate_python(told["sample"]).search for told in recipes]
    assert [search is not None and type(search).__name__ for search in searches] == [
        "BeamConfig",
        "ComputeOptimalConfig",
    ]
    for key in (*Bin.model_fields, *CHOOSE, "--slack", "--choose"):
        assert key in PAGE


def benchmark(monkeypatch: pytest.MonkeyPatch, command: str, *options: str) -> None:
    """Run one that the page names, with sizes for a test."""
    path = str(ROOT / f"benchmarks/{command}")
    monkeypatch.setattr(sys, "argv", [path, *options])
    runpy.run_path(path, run_name="__main__")
    (line,) = [line for line in documented.of("docs/search.md") if command in line]
    documented.ran("docs/search.md", [line])


def test_the_table_and_the_plot_are_made_by_their_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """In a small world; the page has the same table of the whole one, in which the searches stand as they
    must."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    benchmark(monkeypatch, "search.py", "--problems=5", f"--plot={tmp_path / 'plot.svg'}")
    made = tables(capsys.readouterr().out)
    (told,) = [one for one in tables(PAGE) if one[0][0] == "pass rate"]
    assert made[0][0] == told[0] and [row[0] for row in made[0]] == [row[0] for row in told]
    names = [name.strip() for name in told[0]]
    for row in told[1:-1]:
        figures = dict(zip(names[1:], map(float, row[1:]), strict=True))
        best = max(figures.values())
        assert figures["compute_optimal"] >= best - 0.02, row
        if row[0] in ("20%", "5%", "1%"):
            assert min(figures["beam"], figures["DVTS"]) > max(figures["best of N"], figures["weighted"]), row
    drawn = [(tmp_path / "plot.svg").read_text(), (ROOT / "docs/images/search.svg").read_text()]
    assert all(name in one for name in names[1:] for one in drawn)


def tables(text: str) -> list[list[list[str]]]:
    """The cells of every table, without the line below its head."""
    found = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    return [
        [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in one.splitlines()
            if "---" not in line
        ]
        for one in found
    ]


def test_many_problems_at_once_are_faster_than_one_at_a_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A small round of the benchmark, which also sees that both ways find the same chains; the best of three,
    where somebody else has the processors."""
    few, ratio = ("--problems=12", "--alone=1", "--depth=3", "--first=0.006"), 0.0
    for _ in range(3):
        benchmark(monkeypatch, "search_throughput.py", *few)
        (told,) = re.findall(r"^ratio ([\d.]+)$", capsys.readouterr().out, re.MULTILINE)
        if (ratio := float(told)) > 1.5:
            break
    assert ratio > 1.5
