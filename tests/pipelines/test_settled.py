"""What makes a run that was at its end look again."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.recipes import sums, write_jsonl, write_sums

from winnow.pipelines import settled as module
from winnow.pipelines.begin import run_recipe
from winnow.pipelines.folder import RunFolder
from winnow.pipelines.local import plan_key
from winnow.pipelines.recipe import Recipe, load_recipe
from winnow.pipelines.settled import reads, sampler_of, settled
from winnow.steps.errors import Exit, UsageError
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.schema import event_row
from winnow.steps.publish.config import PublishConfig
from winnow.steps.stage import Context

DAMAGE: dict[str, Callable[[Path], Any]] = {
    "a problem": lambda root: write_jsonl(root / "problems.jsonl", sums(9)),
    "a candidate": lambda root: (root / "candidates.jsonl").write_text('{"id": "0", "completions": ["1"]}'),
    "an evaluation set": lambda root: (root / "held.txt").write_text("Another question?\n"),
    "a file of the build": lambda root: os.truncate(
        root / "sums/datasets/sft/train-00000-of-00001.parquet", 5
    ),
    "a row of the ledger": lambda root: Ledger(root / "sums/ledger").commit(
        {"events": [event_row("reviewed", "x", {}, "r")]}
    ),
    "a build of another recipe": lambda root: (root / "sums/datasets").unlink(),
}


def begun(root: Path) -> tuple[Recipe, RunFolder]:
    (root / "held.txt").write_text("Never asked?\n")
    clean = {"decontaminate": [{"path": str(root / "held.txt")}]}
    recipe = load_recipe(write_sums(root, build={"sft": {}, "clean": clean}))
    assert run_recipe(recipe, root) is Exit.DONE
    return recipe, RunFolder(root / "sums")


@pytest.mark.parametrize("what", DAMAGE)
def test_what_was_touched_is_looked_at(tmp_path: Path, what: str) -> None:
    recipe, folder = begun(tmp_path)
    assert settled(recipe, folder) is not None
    DAMAGE[what](tmp_path)
    assert settled(recipe, folder) is None


def test_a_folder_that_another_recipe_claimed(tmp_path: Path) -> None:
    """What is published by the manifest's recipe is what the recipe says that ran last."""
    recipe, folder = begun(tmp_path)
    folder.claim(recipe.model_copy(update={"publish": PublishConfig(to="elsewhere")}))
    assert settled(recipe, folder) is None
    assert run_recipe(recipe, tmp_path) is Exit.DONE
    assert folder.read_recipe() == recipe and settled(recipe, folder) is not None


def test_a_source_that_changed_while_it_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What came after the source was read is seen by the next run."""
    known = iter(["before", "after"])
    monkeypatch.setattr("winnow.pipelines.run.reads", lambda *_: next(known))
    monkeypatch.setattr(module, "reads", lambda *_: next(known))
    _, folder = begun(tmp_path)
    assert not json.loads(folder.manifest.read_text()).get(module.KEY)


def test_a_scorer_that_changed_while_it_ran(tmp_path: Path) -> None:
    """What was scored by the one before is no reward of this one: nothing is built without rewards."""
    code = "def long(completions, **_):\n    open(__file__, 'a').write('#')\n    return [1.0]\n"
    (tmp_path / "long.py").write_text(code)
    score = {"type": "function", "function": f"{tmp_path / 'long.py'}:long"}
    recipe = load_recipe(write_sums(tmp_path, count=1, score=score))
    with pytest.raises(UsageError, match="changed while"):
        run_recipe(recipe, tmp_path)
    assert settled(recipe, RunFolder(tmp_path / "sums")) is None


def test_the_code_of_a_foreign_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit of what it imports is seen, and groups that were done are given to it again."""
    (tmp_path / "steps_of_mine.py").write_text("import columns_of_mine\n")
    (tmp_path / "columns_of_mine.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    recipe = load_recipe(write_sums(tmp_path, steps=[{"step": "steps_of_mine:Count"}]))
    sampling = sampler_of(recipe).identify(Context())
    read, plan = reads(recipe, "source"), plan_key(recipe, sampling)
    assert (read, plan) == (reads(recipe, "source"), plan_key(recipe, sampling))
    (tmp_path / "columns_of_mine.py").write_text("# edited")
    assert read != reads(recipe, "source") and plan != plan_key(recipe, sampling)


def test_a_verifier_that_changed_after_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = tmp_path / "right.py"
    code.write_text("def right(completions, **_):\n    return [1.0]\n")
    verify = {"type": "reward", "function": f"{code}:right"}
    recipe = load_recipe(write_sums(tmp_path, count=1, verify=verify, build={"sft": {}}, self_check=0))
    monkeypatch.setattr(
        "winnow.pipelines.run.show_summary", lambda *_: code.write_text(code.read_text() + "#")
    )
    assert run_recipe(recipe, tmp_path) is Exit.DONE
    assert settled(recipe, RunFolder(tmp_path / "sums")) is None
