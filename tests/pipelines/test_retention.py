"""Whole runs go when they are old, and never one that somebody needs."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from support.command import winnow
from support.recipes import write_sums

from winnow.pipelines.begin import run_recipe
from winnow.pipelines.cli.gc import gc
from winnow.pipelines.collect import collect_garbage
from winnow.pipelines.folder import RunFolder
from winnow.pipelines.hold import Hold
from winnow.pipelines.recipe import load_recipe
from winnow.pipelines.retention import GONE, retire
from winnow.pipelines.versions import Versions
from winnow.steps.build.reading import find_built
from winnow.steps.errors import Exit, MissingError, UsageError
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.resume import spent
from winnow.steps.records import Spent
from winnow.steps.review.config import ArgillaConfig
from winnow.steps.review.push import push
from winnow.steps.review.sent import mark

YEAR = 365 * 86_400.0


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a recipe and `runs/sums`, as a run leaves it."""
    folder = tmp_path_factory.mktemp("finished")
    assert run_recipe(load_recipe(write_sums(folder)), folder / "runs") is Exit.DONE
    return folder


@pytest.fixture
def run(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A copy of it, of which nothing was written for a year."""
    shutil.copytree(finished, tmp_path, symlinks=True, dirs_exist_ok=True)
    age(tmp_path / "runs/sums")
    monkeypatch.chdir(tmp_path)
    return RunFolder(Path("runs/sums"))


def age(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, (time.time() - YEAR,) * 2, follow_symlinks=False)


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """All that lies in a folder, with sizes and times."""
    found = {str(path): path.lstat() for path in [*folder.rglob("*"), folder]}
    return {path: (one.st_size, one.st_mtime_ns) for path, one in found.items()}


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    told = json.loads(path.read_text())
    change(told)
    path.write_text(json.dumps(told))


def beside(name: str, **manifest: Any) -> None:
    Path("runs", name).mkdir()
    Path("runs", name, "manifest.json").write_text(json.dumps(manifest))


def publish(run: Path) -> None:
    known = Versions.of(RunFolder(run))
    known.publish(known.found[0].build, ["/to/there"])


def promise(run: Path) -> None:
    edit(run / "manifest.json", lambda told: told["recipe"].update(publish={"hub": {"repo": "me/sums"}}))


def ask_a_provider(run: Path) -> None:
    (run / "batches").mkdir()
    told = {"name": "b", "where": "there", "parameters": "p", "requests": 3, "batch": "batch_1"}
    (run / "batches/b.json").write_text(json.dumps(told))


def ask_people(run: Path) -> None:
    with pytest.raises(MissingError):
        push(find_built(str(run)), ArgillaConfig(dataset="sums", api_url="http://127.0.0.1:9"))


def train(run: Path) -> None:
    assert winnow("export", "sums", "--for", "trl", cwd=Path.cwd()).returncode == 0
    (run / "exports/trl/model.safetensors").touch()


def link_out(run: Path) -> None:
    Path("out").mkdir()
    (run / "logs/out").symlink_to(Path("out").absolute())


def become_a_link(run: Path) -> None:
    run.rename("moved")
    run.symlink_to(Path("moved").absolute())


NEEDED: dict[str, tuple[Callable[[Path], object], str]] = {
    "published": (publish, "a build of it is published: /to/there"),
    "promised": (promise, "its recipe has publish.hub"),
    "a batch": (ask_a_provider, "with a provider, or were not read yet: 1"),
    "a review": (ask_people, "people have rows of it"),
    "a mix": (lambda _: beside("both", mix={"runs": [{"run": "sums"}]}), "both is made of it"),
    "a recipe": (
        lambda _: beside("more", recipe={"source": {"path": "/mnt/runs/*/datasets/sft/train*"}}),
        "more is made of it, or reads",
    ),
    "a model": (train, "exports/trl is not winnow's, or was changed"),
    "a stranger's file": (lambda run: (run / "ledger/notes.txt").touch(), "ledger/notes.txt is not winnow's"),
    "a link in it": (link_out, "logs/out is not winnow's"),
    "a pipe in it": (lambda run: os.mkfifo(run / "logs/a.log"), "logs/a.log is not winnow's"),
    "itself a link": (become_a_link, "it is a link"),
    "a store's": (lambda run: (run / "home").write_text("s3://bucket/sums\n"), "an object store"),
    "a broken manifest": (lambda run: (run / "manifest.json").write_text("{"), "cannot be read"),
    "a broken ledger": (
        lambda run: next((run / "ledger/completions/_delta_log").glob("*.json")).write_text("{"),
        "cannot be read",
    ),
}


@pytest.mark.parametrize("why", NEEDED)
def test_what_somebody_needs_stays(run: RunFolder, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    need, told = NEEDED[why]
    need(run.path)
    age(run.path.resolve())
    before = state(Path("runs"))
    assert retire([run], 90, delete=True) == []
    assert told in " ".join(capsys.readouterr().err.split())
    assert state(Path("runs")) == before


@pytest.mark.parametrize("use", ["held", "was held", "written to", "held while it is looked at"])
def test_what_is_used_stays(run: RunFolder, use: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run in which nothing is to be done writes nothing: it holds the folder, no more."""
    with ExitStack() as others:
        if use == "held":
            others.enter_context(Hold(run.path))
            age(run.path)
        if use == "was held":
            with Hold(run.path):
                pass
        if use == "written to":
            (run.logs / "vllm.log").touch()
        if use == "held while it is looked at":

            def late(ledger: Ledger) -> Spent:
                others.enter_context(Hold(run.path))
                return spent(ledger)

            monkeypatch.setattr("winnow.pipelines.retention.spent", late)
        assert retire([run], 90, delete=True) == []
    assert Ledger(run.ledger).height("completions") == 32


def test_an_old_run_goes(run: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """What was sampled is told before. Collecting its garbage every night is no use of it."""
    mark(run.path, ArgillaConfig(dataset="sums"), out=True)
    mark(run.path, ArgillaConfig(dataset="sums"), out=False)
    (run.logs / "member-1").mkdir()
    for left in (".manifest.json.123", "logs/pool.log", "logs/vllm.log.1", "logs/member-1/probes.json"):
        (run.path / left).touch()
    age(run.path)
    collect_garbage([run], 10, 7, delete=True)
    beside("more", recipe={"source": {"path": "openai/sums"}})
    before = state(Path("runs"))
    capsys.readouterr()
    assert retire([run], 90, delete=False) == [run]
    assert state(Path("runs")) == before
    assert retire([run], 400, delete=True) == []
    told = capsys.readouterr().out.splitlines()[1]
    assert re.fullmatch(r"sums +\d{4}-\d\d-\d\d +8 +32 +0 +0 +0\.0000 +[\d,]+", told)
    assert retire([run], 90, delete=True) == [run]
    assert [path.name for path in Path("runs").iterdir()] == ["more"]


def test_a_run_in_a_store_is_refused() -> None:
    with pytest.raises(UsageError, match="the store's own tools"):
        gc("s3://bucket/runs/sums", runs=90)


def test_killed_while_it_goes(run: RunFolder) -> None:
    """What is left is no run, and is deleted by the next one, which leaves what is no rest of ours."""
    script = """if True:
        import os, signal, sys
        from winnow.pipelines import retention
        from winnow.pipelines.cli import main

        def rmtree(path):
            (path / "versions.json").unlink()
            os.kill(os.getpid(), signal.SIGKILL)

        retention.shutil.rmtree = rmtree
        main(["gc", "--runs", "90", "--yes"])
    """
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=240)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert "sums" in killed.stdout
    assert not run.path.exists()
    (rest,) = Path("runs", GONE).iterdir()
    assert (rest / "ledger/completions").is_dir()
    assert run_recipe(load_recipe("recipe.yaml"), Path("runs")) is Exit.DONE
    events = Ledger(run.ledger).scan("events").collect()
    assert events.filter(events["kind"] == "run_started").height == 1
    Path("runs", GONE, "mine").mkdir()
    told = winnow("gc", cwd=Path.cwd())
    assert "half deleted: 1; --yes goes on" in told.stderr
    assert rest.exists()
    told = winnow("gc", "--yes", cwd=Path.cwd())
    assert "half deleted: 1" in told.stderr
    assert sorted(path.name for path in Path("runs").rglob("*") if path.parent.name == GONE) == ["mine"]
    assert Ledger(run.ledger).height("completions") == 32
