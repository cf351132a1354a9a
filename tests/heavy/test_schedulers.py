"""The schedulers' examples, each read by the tool that it is for; those that run something here run it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support import environments
from support.command import WINNOW
from support.environments import ROOT
from support.recipes import write_sums

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]
EXAMPLES = ROOT / "examples"
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def tools() -> Path:
    """The programs of an environment with Dagster, Airflow and linters."""
    return environments.schedulers() / "bin"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """What the examples find at /srv/winnow: a recipe, and the command."""
    write_sums(tmp_path, name="nightly").rename(tmp_path / "nightly.yaml")
    command = tmp_path / ".venv/bin/winnow"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec {" ".join(WINNOW)} "$@"\n')
    command.chmod(0o755)
    (tmp_path / "runs").mkdir()
    return tmp_path


def told(*command: str | Path, cwd: Path = ROOT, **env: str) -> str:
    """What a command says; it has to succeed."""
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_dagster_materialises_every_stage(tools: Path, home: Path) -> None:
    script = [tools / "python", HERE / "materialize.py", EXAMPLES / "schedulers/dagster_assets.py"]
    env = {"WINNOW_HOME": str(home), "WINNOW": " ".join(WINNOW), "DAGSTER_HOME": str(home)}
    known = json.loads(told(*script, cwd=home, **env).splitlines()[-1])
    assert known["failed"] == []
    assert known["assets"]["ledger"]["completions"] == 32
    assert (known["assets"]["datasets"]["sft_rows"], known["cron"]) == (16, ["30 2 * * *"])
    assert (home / "runs/nightly/report/report.html").is_file()
    assert (home / "runs/nightly/exports/trl/sft.yaml").is_file()
    assert known["without_recipe"] == ["ledger"]


def test_the_crontab(tools: Path, home: Path) -> None:
    lines = (EXAMPLES / "schedulers/crontab").read_text().splitlines()
    (line,) = [line for line in lines if line and not re.match(r"#|\w+=", line)]
    assert "%" not in line  # cron takes it for the end of a line
    *fields, command = line.split(maxsplit=5)
    asked = "import sys, croniter; print(croniter.croniter(sys.argv[1], 0).get_next())"
    assert float(told(tools / "python", "-c", asked, " ".join(fields))) == 2.5 * 3600
    command = command.replace("/srv/winnow", str(home))
    assert told("sh", "-c", command, cwd=home) == ""
    assert (home / "runs/nightly/datasets/sft").is_dir()
    (home / "nightly.yaml").unlink()
    failed = subprocess.run(["sh", "-c", command], cwd=home, capture_output=True, text=True, check=False)
    assert failed.returncode == 2
    assert failed.stdout.startswith("winnow run nightly.yaml: exit code 2\n{")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze")
def test_systemd_verifies_its_units(home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    units = tmp_path_factory.mktemp("units")
    for name in ("winnow@.service", "winnow@.timer"):
        text = (EXAMPLES / "schedulers" / name).read_text().replace("/srv/winnow", str(home))
        (units / name.replace("@", "@nightly")).write_text(text)
    verify = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no"]
    done = subprocess.run([*verify, *sorted(units.iterdir())], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    broken = units / "winnow@nightly.service"
    broken.write_text(broken.read_text().replace("/.venv/bin/winnow", "/nowhere"))
    assert subprocess.run([*verify, broken], capture_output=True, check=False).returncode != 0


def test_airflow_reads_its_dag(tools: Path, tmp_path: Path) -> None:
    ask = (
        "import json, sys; from airflow.dag_processing.dagbag import DagBag; "
        "bag = DagBag(sys.argv[1]); (dag,) = bag.dags.values(); "
        "print(json.dumps([bag.import_errors, dag.dag_id, "
        "{task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks}]))"
    )
    dags = tmp_path / "dags"
    dags.mkdir()
    shutil.copy(EXAMPLES / "schedulers/airflow_dag.py", dags)
    env = {"AIRFLOW_HOME": str(tmp_path / "airflow"), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    said = told(tools / "python", "-c", ask, dags, **env)
    told_errors, name, tasks = json.loads(said.splitlines()[-1])
    assert (told_errors, name) == ({}, "winnow_nightly")
    assert tasks == {"run": ["export", "report"], "report": [], "export": []}


def test_the_rest_is_linted(tools: Path) -> None:
    told(tools / "hadolint", EXAMPLES / "docker/Dockerfile")
    schema = [tools / "check-jsonschema", "--builtin-schema"]
    told(*schema, "vendor.compose-spec", EXAMPLES / "docker/compose.yaml")
    told(*schema, "vendor.github-workflows", EXAMPLES / "schedulers/github.yaml")
