"""The command and a Hub, by the libraries that people use: published, loaded, published again, raced."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.builds import pair_row, sft_row, write_build
from support.command import WINNOW, winnow
from support.hub.server import HubServer
from support.recipes import write_sums

REPO = "my-org/sums"
LOAD = """
import json, os, sys
from datasets import load_dataset
for kind, split, revision, streaming in json.loads(sys.argv[1]):
    rows = load_dataset("my-org/sums", kind, split=split, revision=revision, streaming=streaming)
    print(json.dumps([row["source_id"] for row in rows]), flush=True)
os._exit(0)  # threads of the libraries have been seen to abort a process at its end
"""


@pytest.fixture(scope="module")
def server() -> Iterator[HubServer]:
    with HubServer() as running:
        yield running


@pytest.fixture
def hub(server: HubServer) -> HubServer:
    server.store.repos.clear()
    server.store.objects.clear()
    server.traffic.reset()
    return server


def loaded(hub: HubServer, home: Path, *asked: tuple[str, str, str | None, bool]) -> list[list[str]]:
    """The rows' ids as the library reads them, in a process with a fresh cache."""
    done = subprocess.run(
        [sys.executable, "-c", LOAD, json.dumps(asked)],
        env={"PATH": "/usr/bin", **hub.env(home)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_published_and_loaded(hub: HubServer, tmp_path: Path) -> None:
    first = [[sft_row(at)] for at in range(120)]
    one = write_build(
        tmp_path / "runs/sums", {"sft": {"train": first}, "preference": {"test": [[pair_row(7)]]}}
    )
    done = winnow("publish", "sums", "--repo", REPO, cwd=tmp_path, env=hub.env(tmp_path / "home"))
    assert done.returncode == 0, done.stderr
    assert f"published build {one.build.id}: {hub.url}/datasets/{REPO}" in done.stdout
    assert f"tag v{one.build.id}" in done.stdout
    two = write_build(tmp_path / "runs/sums", {"sft": {"train": [[sft_row(500), sft_row(501)]]}})
    done = winnow("publish", "sums", "--repo", REPO, cwd=tmp_path, env=hub.env(tmp_path / "home"))
    assert done.returncode == 0, done.stderr
    old, new = f"v{one.build.id}", hub.store.repos[REPO].at("main").oid
    all_of_it = [f"p{at:04}" for at in range(120)]
    assert loaded(
        hub,
        tmp_path / "fresh",
        ("sft", "train", old, False),
        ("sft", "train", old, True),
        ("preference", "test", old, False),
        ("sft", "train", new, False),
        ("sft", "train", None, True),
    ) == [all_of_it, all_of_it, ["p0007"], ["p0500", "p0501"], ["p0500", "p0501"]]
    assert two.build.id in hub.store.repos[REPO].at(new).title


def test_four_at_once(hub: HubServer, tmp_path: Path) -> None:
    """All of them land, one after another, and each tag names its own."""
    builds = [
        write_build(tmp_path / f"runs/r{at}", {"sft": {"train": [[sft_row(at), sft_row(at + 10)]]}})
        for at in range(4)
    ]
    hub.traffic.reset(meet=4)
    running = [
        subprocess.Popen(
            [*WINNOW, "publish", f"r{at}", "--repo", REPO],
            cwd=tmp_path,
            env={"PATH": "/usr/bin", "PYTHONPATH": ":".join(sys.path), **hub.env(tmp_path / f"home{at}")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for at in range(4)
    ]
    for one in running:
        _, told = one.communicate(timeout=120)
        assert one.returncode == 0, told
    there = hub.store.repos[REPO]
    assert len(there.history("main")) == 5
    assert hub.traffic.commits >= 7  # three of the first four came too late
    assert {tag: there.commits[oid].title for tag, oid in there.tags.items()} == {
        f"v{one.build.id}": f"winnow build {one.build.id}" for one in builds
    }
    for one in builds:
        shards = {p: b.sha256 for p, b in there.at(f"v{one.build.id}").tree.items() if p.endswith(".parquet")}
        assert shards == {file.path: file.sha256 for file in one.build.files}


def test_a_run_publishes_what_its_recipe_says(hub: HubServer, tmp_path: Path) -> None:
    env = hub.env(tmp_path / "home")
    write_sums(tmp_path, publish={"hub": {"repo": REPO}, "to": str(tmp_path / "shelf")})
    away = winnow("run", "recipe.yaml", cwd=tmp_path, env={**env, "HF_ENDPOINT": "http://127.0.0.1:9"})
    assert away.returncode == 3
    assert "built and kept" in away.stderr
    assert "Traceback" not in away.stderr
    assert (tmp_path / "runs/sums/datasets/manifest.json").is_file()
    done = winnow("run", "recipe.yaml", cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stderr
    assert " 0 candidates" in done.stderr
    assert "published build" in done.stdout
    commits = list(hub.store.repos[REPO].commits)
    again = winnow("run", "recipe.yaml", cwd=tmp_path, env=env)
    assert again.returncode == 0, again.stderr
    assert "nothing to do" in again.stderr
    assert list(hub.store.repos[REPO].commits) == commits
    assert len(list((tmp_path / "shelf").iterdir())) == 2
    told = hub.store.repos[REPO].at("main").tree
    published = b"".join(blob.content for path, blob in told.items() if not path.endswith(".parquet"))
    assert str(tmp_path).encode() not in published
    assert env["HF_TOKEN"].encode() not in published


def test_a_build_without_a_row_takes_nobodys_place(hub: HubServer, tmp_path: Path) -> None:
    """As where a verifier was mended so that it passes nothing."""
    write_sums(tmp_path, publish={"to": "shelf"})
    assert winnow("run", "recipe.yaml", cwd=tmp_path).returncode == 0
    before = (tmp_path / "shelf/latest.json").read_text()
    write_sums(tmp_path, publish={"to": "shelf"}, build={"reviews": {"rule": "only_reviewed"}, "sft": {}})
    done = winnow("run", "recipe.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "nothing is published: no dataset has a row" in done.stderr
    lost = winnow("publish", "sums", "--to", "shelf", cwd=tmp_path)
    assert (lost.returncode, "no rows to publish" in lost.stderr) == (2, True)
    assert (tmp_path / "shelf/latest.json").read_text() == before


def test_a_recipe_without_it_publishes_nothing(hub: HubServer, tmp_path: Path) -> None:
    write_sums(tmp_path)
    assert winnow("run", "recipe.yaml", cwd=tmp_path, env=hub.env(tmp_path / "home")).returncode == 0
    assert hub.traffic.seen == []
    lost = winnow("publish", "sums", cwd=tmp_path)
    assert (lost.returncode, "where to? Say --repo" in lost.stderr) == (2, True)
    wrong = winnow("publish", "sums", "--repo", "sums", cwd=tmp_path)
    assert (wrong.returncode, "publish.hub.repo" in wrong.stderr) == (2, True)
    dry = winnow("publish", "sums", "--to", "shelf", "--dry-run", cwd=tmp_path)
    assert dry.returncode == 0, dry.stderr
    assert "+ sft/train-00000-of-00001.parquet" in dry.stdout
    assert "sft: 0 rows -> 16 (+16)" in dry.stdout
    assert not (tmp_path / "shelf").exists()
