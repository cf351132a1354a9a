"""The page on labels of steps: its recipe is one, its keys are all, its commands and its figures are so."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from support import documented
from support.builds import write_build
from support.command import winnow_afresh
from support.rewards import rows_of
from support.worlds import worlds

from winnow.steps.build.config import BuildConfig
from winnow.steps.ledger import Ledger
from winnow.steps.process.config import MOST_STEPS, LabelConfig
from winnow.steps.process.formats import FORMATS
from winnow.steps.process.labelling import Labels
from winnow.steps.score.critic import shares
from winnow.steps.scoring import Member, Reward, Scoring
from winnow.steps.select.doubts import agreed, doubts_of

PAGE = (Path(__file__).parents[2] / "docs/process.md").read_text()


def test_the_recipe_says_the_defaults() -> None:
    (told,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    parts = yaml.safe_load(told)
    assert LabelConfig.model_validate(parts["label"]) == LabelConfig()
    assert BuildConfig.model_validate(parts["build"]).stepwise
    table = dict(re.findall(r"^\| `(\w+)` \| `?(\w+)`? \| ", PAGE, re.MULTILINE))
    assert table == {name: str(value) for name, value in LabelConfig().model_dump().items()}
    assert f"of {MOST_STEPS} steps and more" in PAGE


def test_the_figures_are_so() -> None:
    config, many = LabelConfig(), worlds(2000)
    labels = [world.labels(config) for world in many]
    pairs = zip(labels, many, strict=True)
    found = sum(isinstance(one, Labels) and one.first_error == world.error for one, world in pairs)
    every = sum(config.rollouts * (world.steps - 1) for world in many)
    asked = sum(world.asked for world in many)
    assert f"{found / len(many):.1%} for {asked / every:.1%}" in PAGE


def test_the_figures_of_agreement_are_so(tmp_path: Path) -> None:
    """Of labels of lucky rollouts, and a judge whose scores the code of a build reads from a ledger."""
    dice, rows, rewards = random.Random(3), [], []
    for at, world in enumerate(worlds(2000, lucky=0.05)):
        labels = world.labels(LabelConfig())
        assert isinstance(labels, Labels)
        rows.append((str(at), world.steps, labels.first_error, world.error))
        rewards.append((str(at), Reward(steps=shares([world.judged(dice, 0.6)], world.steps))))
    ledger = Ledger(tmp_path)
    ledger.commit({"rewards": rows_of("p", rewards)})
    doubts = doubts_of(ledger, Scoring((Member("s"),)), 0.5).collect()
    every = pl.DataFrame(rows, schema=["completion", "steps", "bad", "error"], orient="row")
    kept = every.join(doubts, on="completion").filter(agreed(pl.col("steps"), pl.col("bad")))
    alone, both = (told.select((pl.col("bad") == pl.col("error")).mean()).item() for told in (every, kept))
    assert both > max(alone, 0.6) + 0.2  # better than either
    told = (
        f"rollouts alone place {alone:.1%} of the first bad steps right",
        f"agree on {kept.height / every.height:.1%} of the answers, and {both:.1%} of these",
    )
    assert [one for one in told if one not in PAGE] == []


def test_the_commands_write_every_form(tmp_path: Path) -> None:
    row = {"prompt": "q", "completions": ["a", "b"], "labels": [True, False], "id": "x", "verdict": "fail"}
    write_build(tmp_path / "runs/sums", {"stepwise": {"train": [[row]]}})
    commands = documented.of("docs/process.md")
    assert [command.split()[-1] for command in commands] == list(FORMATS)
    for command in commands:
        done = winnow_afresh(*command.split()[1:], cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "train 1" in done.stdout
    documented.ran("docs/process.md", commands)


def test_the_python_reads_what_others_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = {"completions": [{"text": "a", "rating": -1}], "chosen_completion": None}
    row = {"question": {"problem": "q"}, "label": {"steps": [step], "finish_reason": "found_error"}}
    (tmp_path / "phase2_train.jsonl").write_text(json.dumps(row) + "\n")
    monkeypatch.chdir(tmp_path)
    (told,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(told, names)  # noqa: S102 - our own page
    assert names["rows"] == [{"prompt": "q", "completions": ["a"], "labels": [False]}]
