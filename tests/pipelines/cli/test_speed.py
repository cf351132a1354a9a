"""The command answers at once: `--help` within half a second of CPU time, `validate` within one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from support.command import WINNOW
from support.processors import cpu_seconds
from support.recipes import write_sums
from support.snapshots import snapshot

from winnow.pipelines.folder import RunFolder
from winnow.pipelines.live.files import StatusFile
from winnow.steps.files import write_json

RECIPES = sorted((Path(__file__).parents[3] / "pipelines/recipes").glob("*.yaml"))
HEAVY = (
    "distilabel",
    "polars",
    "pyarrow",
    "deltalake",
    "datasets",
    "aiohttp",
    "xllamacpp",
    "argilla",
    "textual",
)

TOLD = """
import json, sys
from winnow.pipelines.cli import main
commands, heavy = map(json.loads, sys.argv[1:])
found = []
for command in commands:
    try:
        main(command)
    except SystemExit as end:
        assert not end.code, end.code
    if loaded := sorted({name.partition(".")[0] for name in sys.modules} & set(heavy)):
        found.append([*command, loaded])
print(json.dumps(found[:1]))
"""


def is_quick(*arguments: str | Path, at_most: float) -> bool:
    """Whether the command takes less of processors than so many seconds."""
    told = [*WINNOW, *map(str, arguments)]
    return cpu_seconds(lambda: subprocess.run(told, check=True, capture_output=True), at_most) < at_most


def heavy(*commands: Sequence[str | Path]) -> list[Any]:
    """The first of these commands, which run one after another in one process, that imports anything of
    `HEAVY`, and what it imports; empty where none does."""
    asked = [[*map(str, command)] for command in commands]
    told = [sys.executable, "-c", TOLD, json.dumps(asked), json.dumps(HEAVY)]
    done = subprocess.run(told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout.splitlines()[-1]))


VERBS = [
    "run",
    "validate",
    "status",
    "watch",
    "show",
    "report",
    "compare",
    "build",
    "publish",
    "check",
    "compact",
]


def test_help() -> None:
    assert is_quick("--help", at_most=0.5)


def test_help_of_no_verb_imports_anything_heavy() -> None:
    assert heavy(*([verb, "--help"] for verb in VERBS)) == []


def test_recipes_that_ship_are_validated_without_anything_heavy() -> None:
    assert heavy(*(["validate", recipe] for recipe in RECIPES)) == []


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.name)
def test_validate_a_recipe_that_ships(recipe: Path) -> None:
    assert is_quick("validate", recipe, at_most=1.0)


def test_validate_with_everything_in_it(tmp_path: Path) -> None:
    recipe = write_sums(
        tmp_path,
        verify={"type": "all", "of": [{"type": "number"}, {"type": "word_count", "max": 50}]},
        steps=[{"step": "distilabel.steps:ExpandColumns", "parameters": {"columns": ["generations"]}}],
    )
    assert heavy(["validate", recipe]) == []
    assert is_quick("validate", recipe, at_most=1.0)


def test_status_of_a_run_that_goes_on_reads_one_file(tmp_path: Path) -> None:
    """However large its ledger is: no library that could open it is loaded."""
    run = RunFolder(tmp_path)
    run.logs.mkdir()
    seen = snapshot()
    write_json(run.manifest, {"name": "sums", "recipe": {}})
    write_json(run.path / "owner.json", {"pid": seen.pid, "host": seen.host, "since": 0.0})
    StatusFile(run.progress).show(seen)
    assert heavy(["status", tmp_path]) == []
