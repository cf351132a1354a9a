"""Runs whose home is an object store: the whole command, against a real S3 server."""

from __future__ import annotations

import json
import math
import os
import signal
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.command import start
from support.fingerprints import keys, outcomes
from support.openai_server import OpenAIServer
from support.recipes import write_sums
from support.store import SECRET, Proxy, reached
from support.waiting import wait_until

from winnow.pipelines.cli import main
from winnow.pipelines.home import Home
from winnow.steps.ledger import Ledger
from winnow.steps.storage import patience
from winnow.steps.storage.bucket import Bucket
from winnow.steps.storage.url import work_folder

BUILD = {"sft": {"per_problem": 2}, "preference": {"per_problem": 1}}


@pytest.fixture
def runs() -> Iterator[str]:
    with reached() as url:
        yield url


def done(folder: Path, *arguments: str, code: int = 0) -> str:
    """What the command says, without a process of its own; it ends with this exit code."""
    told = StringIO()
    with chdir(folder), redirect_stdout(told), redirect_stderr(told), pytest.raises(SystemExit) as ended:
        main(list(arguments))
    assert int(str(ended.value.code or 0)) == code, told.getvalue()
    assert "Traceback" not in told.getvalue() and SECRET not in told.getvalue()
    return told.getvalue()


def content(runs: str) -> dict[str, bytes]:
    """Every object of the run, by name."""
    bucket = Bucket(f"{runs}/sums")
    return {name: bucket.get(name) or b"" for name in bucket.names("")}


def test_a_run_in_a_store_is_the_same_run(tmp_path: Path, runs: str) -> None:
    """The ledger key for key, the datasets byte for byte."""
    here = tmp_path / "here"
    here.mkdir()
    write_sums(here, build=BUILD)
    done(here, "run", "recipe.yaml")
    done(here, "run", "recipe.yaml", "--runs-dir", runs)
    url, local = f"{runs}/sums", here / "runs/sums"
    work = here / work_folder(url)
    assert keys(work) == keys(local)
    assert outcomes(work) == outcomes(local)
    found = content(runs)
    manifest = json.loads(found["manifest.json"])
    for file in manifest["build"]["files"]:
        stored = found[f"builds/{manifest['build']['id']}/{file['path']}"]
        assert stored == (local / "datasets" / file["path"]).read_bytes()
    assert not any(SECRET.encode() in one for one in found.values())
    assert not any(SECRET in path.read_text(errors="ignore") for path in here.rglob("*") if path.is_file())
    assert "nothing to do" in done(here, "run", "recipe.yaml", "--runs-dir", runs)
    assert "no run at" in done(tmp_path, "status", f"{runs}/other", code=2)


def test_killed_and_gone_on_elsewhere(tmp_path: Path, runs: str) -> None:
    """SIGKILL in the middle, the same command in another folder: what was acknowledged is not asked for."""
    one, two = tmp_path / "one", tmp_path / "two"
    with OpenAIServer() as server:
        engine = {"type": "endpoint", "base_url": server.url, "model": "m", "concurrency": 8}
        one.mkdir()
        two.mkdir()
        recipe = str(write_sums(one, count=60, sample={"engine": engine, "n": 4}, build=BUILD))
        server.most = 10
        running = start("run", "recipe.yaml", "--runs-dir", runs, cwd=one)
        ledger = Ledger(f"{runs}/sums/ledger")
        wait_until(lambda: ledger.height("completions") == 40)
        locked = done(two, "run", recipe, "--runs-dir", runs, code=75)
        assert f"process {running.pid} on " in locked
        assert "sums (running: " in done(two, "status", f"{runs}/sums")
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        kept = ledger.scan("completions").select("problem", "index").collect()
        before, server.most = len(server.seen), math.inf
        done(two, "run", recipe, "--runs-dir", runs)
        asked = sum(row["n"] for row in server.seen[before:] if row["max_tokens"] != 1)
    found = ledger.scan("completions").select("id", "problem", "index").collect()
    assert kept.height == 40
    assert asked == 240 - kept.height
    assert found.height == found["id"].n_unique() == 240


def test_a_store_that_goes_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clear message, exit 3, and a run that goes on when it is back."""
    with reached() as runs:
        write_sums(tmp_path, build=BUILD)
        for login in ({"key": "nobody-is-this"}, {"secret": "wrong-is-this"}, {"key": "key-of-a-reader"}):
            with reached(**login):
                refused = done(tmp_path, "run", "recipe.yaml", "--runs-dir", runs, code=3)
                assert "the store refuses these credentials" in refused and len(refused) < 500
        assert "no bucket" in done(tmp_path, "run", "recipe.yaml", "--runs-dir", "s3://nonesuch/runs", code=3)
        with Proxy() as proxy, reached(proxy.url):

            def soon_away(method: str, path: str) -> str:
                """Completions are committed, and then nothing is reached any more."""
                away = "/verdicts/" in path and method == "PUT"
                return "gone" if away or "gone" in {fault for *_, fault in proxy.seen} else ""

            proxy.fault = soon_away
            with monkeypatch.context() as hasty:
                hasty.setattr(patience, "PATIENCE", 0.5)
                told = done(tmp_path, "run", "recipe.yaml", "--runs-dir", runs, code=3)
            assert "the ledger cannot be written: s3://" in told and "and run again" in told
            proxy.fault = lambda method, path: ""
            ledger = Ledger(f"{runs}/sums/ledger")
            assert (ledger.height("completions"), ledger.height("verdicts")) == (32, 0)
            done(tmp_path, "run", "recipe.yaml", "--runs-dir", runs)
            for table in ("completions", "verdicts"):
                found = ledger.scan(table).select("id").collect()["id"]
                assert len(found) == found.n_unique() == 32


def test_readers_never_see_half_of_a_build(tmp_path: Path, runs: str) -> None:
    """At every write of a build the manifest names one that is there as a whole."""
    write_sums(tmp_path, build={"sft": {"per_problem": 1}})
    done(tmp_path, "run", "recipe.yaml", "--runs-dir", runs)
    url, put, seen = f"{runs}/sums", Bucket.put, set[str]()

    def examined(self: Bucket, name: str, data: Any) -> None:
        put(self, name, data)
        manifest = json.loads(Bucket(url).get("manifest.json") or b"")
        build = manifest["build"]["id"]
        seen.add(build)
        for file in manifest["build"]["files"]:
            stored = Bucket(url).get(f"builds/{build}/{file['path']}")
            assert stored is not None and len(stored) == file["bytes"]

    write_sums(tmp_path, build={"sft": {"per_problem": 2}})
    from winnow.pipelines.cli.options import existing_run
    from winnow.pipelines.folder import RunFolder
    from winnow.pipelines.recipe import load_recipe
    from winnow.pipelines.run import build_run

    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(tmp_path)
        folder = RunFolder(existing_run(url))
        with folder.held():
            patched.setattr(Bucket, "put", examined)
            build_run(load_recipe("recipe.yaml"), folder, claim=True)
            patched.setattr(Bucket, "put", put)
        assert len(seen) == 2
        there = tmp_path / "there"
        there.mkdir()
        patched.chdir(there)
        work = existing_run(url, built=True)
        rows = pl.read_parquet(work / "datasets/sft/*.parquet")
        assert rows.height == 16
        assert pl.read_parquet(work / "previous/sft/*.parquet").height == 8
        assert work == work_folder(url)
        assert Home(url, work).owner() is None
