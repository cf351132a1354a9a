"""Our steps in a stock distilabel Pipeline, and other people's steps in our recipes."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.command import winnow
from support.fingerprints import outcomes
from support.openai_server import OpenAIServer, Script
from support.recipes import write_sums
from support.rewards import told_of

from winnow.pipelines.cli import main
from winnow.steps.ledger import Ledger

TESTS = str(Path(__file__).parents[1])
STOCK = """
import json, sys
from winnow.pipelines.recipe import load_recipe

if __name__ == "__main__":
    rows = load_recipe("recipe.yaml").to_distilabel().run(use_cache=False)["default"]["train"]
    json.dump(rows.to_list(), open("rows.json", "w"))
"""


# Rows of somebody else's, among them one whose requests fail for good and two that are no problems.
ROWS = """
import json, sys
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts
from winnow.steps.sample.config import SampleConfig
from winnow.steps.sample.step import Sample
from winnow.steps.verify.step import Verify

if __name__ == "__main__":
    with Pipeline(name="rows") as pipeline:
        data = LoadDataFromDicts(data=json.load(open("given.json")), batch_size=2)
        config = SampleConfig.model_validate(json.load(open("sample.json")))
        sample = Sample(config=config, input_batch_size=2)
        data >> sample >> Verify(verifier={"type": "number"}, input_batch_size=2)
    json.dump(pipeline.run(use_cache=False)["default"]["train"].to_list(), open("rows.json", "w"))
"""


def recipe(folder: Path, *steps: dict[str, Any], **sample: Any) -> None:
    engine = {"type": "replay", "path": str(folder / "candidates.jsonl")}
    write_sums(folder, count=6, sample={"engine": engine, **sample}, steps=list(steps))


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    return winnow("run", "recipe.yaml", cwd=folder, env={"PYTHONPATH": TESTS})


def refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code and what is said; in this process, so that all of these load distilabel once."""
    with chdir(folder), pytest.raises(SystemExit) as end:
        main(["run", "recipe.yaml"])
    assert isinstance(end.value.code, int)
    return end.value.code, capsys.readouterr().err


def stock(folder: Path, script: str = STOCK) -> list[dict[str, Any]]:
    """The rows that a stock Pipeline makes of the recipe, in a process and a home of its own."""
    env = {"PYTHONPATH": TESTS, "HOME": str(folder), "PATH": "/usr/bin:/bin", "HF_HUB_OFFLINE": "1"}
    (folder / "stock.py").write_text(script)
    done = subprocess.run(
        [sys.executable, "stock.py"], cwd=folder, env=env, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told: list[dict[str, Any]] = json.loads((folder / "rows.json").read_text())
    return told


def events(folder: Path, kind: str) -> list[dict[str, Any]]:
    told = Ledger(folder / "runs/sums/ledger").scan("events").filter(pl.col("kind") == kind).collect()
    return [json.loads(data) for data in told["data"]]


@pytest.mark.parametrize(
    "sample", [{"n": 4}, {"until": {"pass": 2, "fail": 1}, "max_n": 6}], ids=["n", "until"]
)
def test_a_stock_pipeline_comes_to_the_same_verdicts(tmp_path: Path, sample: dict[str, Any]) -> None:
    recipe(tmp_path, {"step": "support.foreign_steps:Count", "parameters": {"factor": 10}}, **sample)
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    ours = {(one[2], one[3]): one[4] for one in outcomes(tmp_path / "runs/sums")}
    rows = stock(tmp_path)
    theirs = {(one["index"], one["text"]): one["status"] for row in rows for one in row["candidates"]}
    assert theirs == ours
    assert all(row["error"] == "" for row in rows)
    assert all(row["count"] == 10 * len(row["generations"]) for row in rows)
    assert [told["columns"] for told in events(tmp_path, "columns")] == [
        {"count": 10 * len(row["generations"])} for row in rows
    ]


def test_a_stock_pipeline_comes_to_the_same_rewards(tmp_path: Path) -> None:
    engine = {"type": "replay", "path": str(tmp_path / "candidates.jsonl")}
    score = {"type": "ensemble", "of": [{"type": "votes"}, {"type": "length"}]}
    write_sums(tmp_path, count=6, sample={"engine": engine, "n": 4}, score=score)
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    ours = {(one["text"], one["fingerprint"]): one["reward"] for one in told_of(tmp_path / "runs/sums")}
    theirs = {
        (candidate["text"], reward["scorer"]): reward["value"]
        for row in stock(tmp_path)
        for candidate in row["candidates"]
        for reward in candidate["rewards"]
    }
    assert theirs == ours and len(ours) == 48


def test_a_row_that_fails_keeps_its_batch(tmp_path: Path) -> None:
    def row(name: str, prompt: Any, reference: str = '{"answer": 2}') -> dict[str, Any]:
        said = [{"role": "user", "content": prompt}]
        return {"id": name, "prompt": said, "instruction": prompt, "reference": reference, "metadata": "{}"}

    asked = "What is 1 + 1?"
    given = [
        row("broken", asked, "{"),
        row("long", asked * 20),
        row("good", asked),
        row("list", asked, "[1]"),
    ]
    (tmp_path / "given.json").write_text(json.dumps(given))
    with OpenAIServer(Script(max_prompt=200)) as server:
        engine = {"type": "endpoint", "base_url": server.url, "model": "m"}
        (tmp_path / "sample.json").write_text(json.dumps({"engine": engine, "n": 4}))
        rows = {one["id"]: one for one in stock(tmp_path, ROWS)}
    assert {name: len(one["candidates"]) for name, one in rows.items()} == {
        "broken": 0,
        "long": 0,
        "good": 4,
        "list": 0,
    }
    assert rows["good"]["error"] == ""
    assert {one["status"] for one in rows["good"]["candidates"]} <= {"pass", "fail"}
    assert "JSONDecodeError" in rows["broken"]["error"]
    assert "too long for the context" in rows["long"]["error"]
    assert rows["list"]["error"]


def test_a_foreign_step_that_fails_leaves_the_group_as_it_was(tmp_path: Path) -> None:
    recipe(tmp_path, {"step": "support.foreign_steps:Moody"}, n=4)
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(told["why"] for told in events(tmp_path, "step_failed")) == [
        "ArithmeticError: not this one",
        "ValueError: gave 2 rows for one",
    ]
    assert len(events(tmp_path, "columns")) == 4
    assert len(events(tmp_path, "group_done")) == 6


@pytest.mark.parametrize(
    ("step", "code", "told"),
    [
        ("no_such_package:Step", 3, "no_such_package"),
        ("support.foreign_steps:Nothing", 3, "has no Nothing"),
        ("support.foreign_steps:NoStep", 2, "no distilabel Step"),
        ("support.foreign_steps:Count", 2, "refuses its parameters"),
        ("support.foreign_steps:Heavy", 3, "no weights here"),
        ("support.broken_module:Step", 3, "breaks on import: KeyError"),
        ("Count", 2, "steps.0.step"),
    ],
)
def test_steps_that_are_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], step: str, code: int, told: str
) -> None:
    parameters = {"factor": "many"} if step.endswith("Count") else {}
    recipe(tmp_path, {"step": step, "parameters": parameters}, n=4)
    ended, said = refused(tmp_path, capsys)
    assert ended == code, said
    assert told in said
    assert "Traceback" not in said


def test_a_crash_shows_no_local_variables(tmp_path: Path) -> None:
    """Importing distilabel makes tracebacks show them all; keys of a server may be among them."""
    told = """
from winnow.steps.foreign.config import ForeignConfig
from winnow.steps.foreign.stage import make_step
def crash(key):
    raise RuntimeError("crashed")
make_step(ForeignConfig(step="distilabel.steps:KeepColumns", parameters={"columns": ["id"]}))
crash("sec" + "ret")
"""
    done = subprocess.run([sys.executable, "-c", told], cwd=tmp_path, capture_output=True, text=True)
    assert "RuntimeError: crashed" in done.stderr
    assert "secret" not in done.stderr


def test_a_step_that_wants_all_rows_at_once_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe(tmp_path, {"step": "support.foreign_steps:Whole"}, n=2)
    ended, said = refused(tmp_path, capsys)
    assert ended == 2
    assert "is a GlobalStep" in said


def test_a_step_that_does_not_unload_has_done_its_work(tmp_path: Path) -> None:
    recipe(tmp_path, {"step": "support.foreign_steps:Clinging"}, n=2)
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    events = Ledger(tmp_path / "runs/sums/ledger").scan("events").collect()
    (told,) = events.filter(pl.col("kind") == "step_failed")["data"]
    assert "still in use" in told
