"""The command answers at once: `--help` within half a second of CPU time, `validate` within one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.command import WINNOW
from support.recipes import write_sums
from support.snapshots import snapshot

from winnow.pipelines.folder import RunFolder, write_json
from winnow.pipelines.live.files import StatusFile

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
import sys
from winnow.pipelines.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert not end.code, end.code
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def cpu_seconds(*arguments: str | Path) -> float:
    """User and system time of the quickest of three, since other processes share the machine."""
    taken = []
    for _ in range(3):
        before = os.times()
        subprocess.run([*WINNOW, *map(str, arguments)], check=True, capture_output=True, timeout=60)
        after = os.times()
        taken.append(
            after.children_user + after.children_system - before.children_user - before.children_system
        )
    return min(taken)


def imported(*arguments: str | Path) -> set[str]:
    """The top-level modules that the command has imported by its end."""
    command = [sys.executable, "-c", TOLD, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


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
    assert cpu_seconds("--help") < 0.5


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb_imports_nothing_heavy(verb: str) -> None:
    assert imported(verb, "--help").isdisjoint(HEAVY)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.name)
def test_validate_a_recipe_that_ships(recipe: Path) -> None:
    assert imported("validate", recipe).isdisjoint(HEAVY)
    assert cpu_seconds("validate", recipe) < 1.0


def test_validate_with_everything_in_it(tmp_path: Path) -> None:
    recipe = write_sums(
        tmp_path,
        verify={"type": "all", "of": [{"type": "number"}, {"type": "word_count", "max": 50}]},
        steps=[{"step": "distilabel.steps:ExpandColumns", "parameters": {"columns": ["generations"]}}],
    )
    assert imported("validate", recipe).isdisjoint(HEAVY)
    assert cpu_seconds("validate", recipe) < 1.0


def test_status_of_a_run_that_goes_on_reads_one_file(tmp_path: Path) -> None:
    """However large its ledger is: no library that could open it is loaded."""
    run = RunFolder(tmp_path)
    run.logs.mkdir()
    seen = snapshot()
    write_json(run.manifest, {"name": "sums", "recipe": {}})
    write_json(run.path / "owner.json", {"pid": seen.pid, "host": seen.host, "since": 0.0})
    StatusFile(run.progress).show(seen)
    assert imported("status", tmp_path).isdisjoint(HEAVY)
