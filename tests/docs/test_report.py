"""The page on reports: its commands run, its examples too, and the schema is that of the models."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from support import documented
from support.command import winnow_afresh
from support.recipes import write_jsonl

from winnow.pipelines.belongings import belongings_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/report.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
PYTHON = [text for kind, text in BLOCKS if kind == "python"]
MODELS = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")


def of_kind(kind: str) -> str:
    (told,) = (text for name, text in BLOCKS if name == kind)
    return str(told)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's commands, on a file of the same form: three problems, of which two are solved."""
    folder = tmp_path_factory.mktemp("gsm8k")
    rows = []
    for at, said in enumerate([(4, 5, 4, 3), (1, 2, 3, 5), (4, 4, 4, 4)]):
        solved = {
            model: {"is_correct": one == 4, "solution": f"2 + 2 = <<2+2={one}>>{one}\nA: {one}"}
            for model, one in zip(MODELS, said, strict=True)
        }
        rows.append({"question": f"{at}: 2 + 2?", "ground_truth": "2 + 2 = 4\nA: 4", **solved})
    write_jsonl(folder / "gsm8k_example_model_solutions.jsonl", rows)
    (folder / "candidates.py").write_text(PYTHON[0])
    (folder / "gsm8k.yaml").write_text(of_kind("yaml"))
    lines = documented.of("docs/report.md")
    first, *commands = [shlex.split(line) for line in lines]
    assert first == ["python", "candidates.py"] and [one[0] for one in commands] == ["winnow"] * 2
    subprocess.run([sys.executable, "candidates.py"], cwd=folder, check=True)
    for command in commands:
        done = winnow_afresh(*command[1:], cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr
    documented.ran("docs/report.md", lines)
    return folder


def test_labelled_groups_become_a_table_of_pass_at_k(run: Path) -> None:
    (told,) = json.loads((run / "runs/gsm8k/report/report.json").read_text())["runs"]
    points = told["curves"]["pass_at_k"]
    assert [(one["k"], one["problems"]) for one in points] == [(1, 3), (2, 3), (3, 3), (4, 3)]
    labelled = [(1 / 2 + 0 + 1) / 3, (5 / 6 + 0 + 1) / 3, 2 / 3, 2 / 3]
    assert [one["value"] for one in points] == pytest.approx(labelled, abs=1e-6)
    assert [int(k) for k in re.findall(r"^\| (\d) \| 0\.\d+ \| 0\.\d+ to", PAGE, re.MULTILINE)] == [
        1,
        2,
        3,
        4,
    ]


def test_every_file_is_there_that_the_page_tells_of(run: Path) -> None:
    folder = run / "runs/gsm8k/report"
    for name in ("report.json", "report.html", "plots/"):
        assert f"`{name}`" in PAGE and (folder / name).exists()
    assert belongings_of(run / "runs/gsm8k").strange is None


def test_the_library_does_what_the_page_shows(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(run)
    spaces: list[dict[str, object]] = [{}, {}]
    for block, space in zip(PYTHON[1:], spaces, strict=True):
        exec(block, space)  # noqa: S102 - the page's own examples
    curve, told = spaces[0]["curve"], spaces[1]["told"]
    assert [point.k for point in curve] == [1, 2, 3, 4]  # type: ignore[attr-defined]
    assert told.curves.pass_at_k[0].value == 0.5  # type: ignore[attr-defined]
    assert spaces[1]["problems"].height == 3  # type: ignore[attr-defined]


def test_the_schema_is_that_of_the_models(run: Path) -> None:
    text = (ROOT / "docs/report.schema.json").read_text()
    command = [sys.executable, ROOT / "tools/report_schema.py"]
    made = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert text == made, "python tools/report_schema.py > docs/report.schema.json"
    jsonschema.validate(json.loads((run / "runs/gsm8k/report/report.json").read_text()), json.loads(text))
