"""The wheel and the sdist hold what they should, and the wheel works in an environment of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from support.environments import uv
from support.recipes import write_sums

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1200)]
ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path, **more: str) -> str:
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    return folder


def names_in_wheel(dist: Path) -> set[str]:
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_the_package_and_nothing_else(dist: Path) -> None:
    """The build makes the sdist first and the wheel from it, so this is the sdist's test, too."""
    names = names_in_wheel(dist)
    wanted = (
        "winnow/__init__.py",
        "winnow/py.typed",
        "winnow/pipelines/cli/__init__.py",
        "winnow/pipelines/recipes/demo.yaml",
        "winnow/steps/ledger/store.py",
        "winnow/verifiers/worker.py",
    )
    assert names.issuperset(wanted)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"winnow"}
    tracked = run("git", "ls-files", "pipelines", "steps", "verifiers", cwd=ROOT).splitlines()
    assert names.issuperset(f"winnow/{name}" for name in tracked)


def test_the_sdist_holds_the_sources(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"LICENSE", "README.md", "pyproject.toml", "src/winnow/steps/ledger/store.py"} <= names
    assert not any(name.startswith(("tests", ".ci", "runs")) for name in names)


def test_the_wheel_runs_elsewhere(dist: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", tmp_path / "env", cwd=tmp_path)
    (wheel,) = dist.glob("*.whl")
    uv(tmp_path / "env", "-c", "constraints.txt", wheel)
    winnow = tmp_path / "env/bin/winnow"
    assert "validate" in run(winnow, "--help", cwd=tmp_path)
    line = json.dumps({"reference": {"answer": 4}, "completion": "it is 4"}) + "\n"
    assert json.loads(run(winnow, "check", "number", cwd=tmp_path, input=line))["status"] == "pass"
    recipe = write_sums(tmp_path)
    assert "pass@1" in run(winnow, "run", recipe, cwd=tmp_path)
    files = json.loads((tmp_path / "runs/sums/manifest.json").read_text())["build"]["files"]
    assert [file["rows"] for file in files] == [16, 16]
