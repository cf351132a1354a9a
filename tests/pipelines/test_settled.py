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
from winnow.pipelines.recipe import Recipe, load_recipe
from winnow.pipelines.settled import settled
from winnow.steps.errors import Exit
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.schema import event_row

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


def test_a_source_that_changed_while_it_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What came after the source was read is seen by the next run."""
    known = iter(["before", "after"])
    monkeypatch.setattr("winnow.pipelines.run.reads", lambda *_: next(known))
    monkeypatch.setattr(module, "reads", lambda *_: next(known))
    _, folder = begun(tmp_path)
    assert not json.loads(folder.manifest.read_text()).get(module.KEY)
