"""Who needs a run, by what the manifests beside it say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from winnow.pipelines.needs import Needs

FILE = "runs/sums/datasets/sft/train.jsonl"


@pytest.mark.parametrize(
    ("source", "needs"),
    [
        ({"path": FILE}, True),
        ({"path": "sums/datasets/sft"}, True),  # from the folder of runs
        ({"path": "${env:DATA}"}, True),
        ({"path": "${env:NOWHERE}"}, True),  # nobody knows
        ({"files": ["${env:NOWHERE}/sums/datasets"]}, True),
        ({"base_url": "${env:NOWHERE}/v1"}, False),
        ({"path": "openai/gsm8k"}, False),
        ({"prompt": "tell \x00 either/or sums"}, False),
    ],
)
def test_a_recipe(
    source: dict[str, Any], needs: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe(tmp_path, source)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA", FILE)
    monkeypatch.delenv("NOWHERE", raising=False)
    assert bool(Needs(Path("runs")).of(Path("runs/sums"))) is needs


@pytest.mark.parametrize(
    ("here", "runs"), [(".", "runs"), ("runs", "."), ("runs/sums", ".."), (".", "linked")]
)
def test_wherever_one_stands(here: str, runs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recipe that was run elsewhere names the folder of runs as it is called there."""
    recipe(tmp_path, {"path": f"/mnt/{FILE}"})
    (tmp_path / "linked").symlink_to("runs")
    (tmp_path / "runs/loop").symlink_to("loop")
    monkeypatch.chdir(tmp_path / here)
    assert Needs(Path(runs)).of(Path(runs, "sums")) == "more reads a file of it"


def recipe(folder: Path, source: dict[str, Any]) -> None:
    (folder / "runs/sums").mkdir(parents=True)
    (folder / "runs/more").mkdir()
    (folder / "runs/more/manifest.json").write_text(json.dumps({"recipe": {"source": source}}))
