"""The lowest versions that pyproject.toml allows are versions that winnow works with."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support import environments
from support.environments import ROOT, run
from support.recipes import write_sums

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def lowest() -> Path:
    """An environment with the lowest versions of what winnow names, and with today's winnow in it."""
    folder = environments.lowest()
    environments.uv(
        folder, "--no-deps", "--reinstall-package", "winnow-data", "--refresh-package", "winnow-data", "."
    )
    return folder / "bin"


def bounds() -> dict[str, str]:
    """The lower bound of every library that pyproject.toml names."""
    import tomllib

    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    return {name: bound.split(",")[0] for name, bound in (line.split(">=") for line in told)}


def test_the_versions_are_the_lowest(lowest: Path) -> None:
    """Of most libraries at least: where one asks for more of another, that one is newer."""
    told = run(
        lowest / "python",
        "-c",
        "import importlib.metadata as m, json, sys\n"
        "print(json.dumps({name: m.version(name) for name in sys.argv[1:]}))",
        *bounds(),
        cwd=lowest,
    )
    versions = json.loads(told)
    higher = [name for name, bound in bounds().items() if not f"{versions[name]}.0.0".startswith(bound)]
    assert higher == []


def test_a_recipe_runs(lowest: Path, tmp_path: Path) -> None:
    winnow = lowest / "winnow"
    assert "validate" in run(winnow, "--help", cwd=tmp_path)
    write_sums(tmp_path, steps=[{"step": "distilabel.steps:KeepColumns", "parameters": {"columns": ["id"]}}])
    assert "a valid recipe" in run(winnow, "validate", "recipe.yaml", cwd=tmp_path)
    assert "pass@1" in run(winnow, "run", "recipe.yaml", cwd=tmp_path)
    files = json.loads((tmp_path / "runs/sums/manifest.json").read_text())["build"]["files"]
    assert [file["rows"] for file in files] == [16, 16]
    assert "done" in run(winnow, "status", "sums", cwd=tmp_path)


HALVES = (["ledger"], ["source", "engine/test_endpoint_sample.py", "select", "build/test_kinds.py"])


def test_tests_pass(lowest: Path) -> None:
    """The halves side by side: each waits for much."""

    def passed(half: list[str]) -> None:
        tests = [f"tests/steps/{one}" for one in half]
        run(lowest / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests, cwd=ROOT)

    with ThreadPoolExecutor(len(HALVES)) as both:
        list(both.map(passed, HALVES))
