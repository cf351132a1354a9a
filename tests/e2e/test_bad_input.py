"""Bad input: a clear message, the right exit code, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.command import winnow
from support.fingerprints import asked, outcomes
from support.mounts import mount
from support.openai_server import OpenAIServer, Script
from support.recipes import sums, write_jsonl, write_recipe, write_sums

from winnow.pipelines.folder import RunFolder


def refused(done: subprocess.CompletedProcess[str], code: int, *told: str) -> None:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    for one in told:
        assert one in done.stderr


def run(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return winnow("run", "recipe.yaml", *more, cwd=folder)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, ["no recipe at recipe.yaml"]),
        ("a: [", ["recipe.yaml:1: this is not YAML"]),
        ("name: x\nsorce: {}\n", ["recipe.yaml:2: unknown key `sorce`: did you mean 'source'?"]),
        ("name: [1]\n", ["recipe.yaml:1: `name`: input should be a valid string"]),
    ],
)
def test_recipes(tmp_path: Path, text: str | None, told: list[str]) -> None:
    if text is not None:
        (tmp_path / "recipe.yaml").write_text(text)
    refused(run(tmp_path), 2, *told)
    refused(winnow("validate", "recipe.yaml", cwd=tmp_path), 2, *told)


SOURCES: list[tuple[str, int, list[str]]] = [
    ("", 2, ["problems.jsonl"]),
    ('{"id": "0", "q": "x", "a": "1"}\n{"id": "1", "q": \n', 2, ["problems.jsonl", "line 2"]),
    ('{"id": "0", "q": "x", "a": "1"}\n{"id": "0", "q": "y", "a": "1"}\n', 2, ["line 2", "line 1", "0"]),
    ('{"id": "0", "a": "1"}\n', 2, ["line 1", "q"]),
    ('{"id": "0", "q": "x"}\n', 2, ["line 1", "a"]),
]


@pytest.mark.parametrize(("text", "code", "told"), SOURCES)
def test_sources_stop_before_anything_is_sampled(
    tmp_path: Path, text: str, code: int, told: list[str]
) -> None:
    write_sums(tmp_path)
    (tmp_path / "problems.jsonl").write_text(text)
    refused(run(tmp_path), code, *told)
    assert not (tmp_path / "runs").exists()


def test_a_source_that_is_missing(tmp_path: Path) -> None:
    write_sums(tmp_path)
    (tmp_path / "problems.jsonl").rename(tmp_path / "problem.jsonl")
    refused(run(tmp_path), 3, "problems.jsonl", "problem.jsonl")


def test_a_broken_row_is_left_out_where_the_recipe_says_so(tmp_path: Path) -> None:
    write_sums(tmp_path, count=3)
    with (tmp_path / "problems.jsonl").open("a") as file:
        file.write("{broken\n")
    done = run(tmp_path, "--set", "source.on_bad_row=skip")
    assert done.returncode == 0, done.stderr
    assert "line 4" in done.stderr
    assert asked(tmp_path / "runs/sums")["len"].to_list() == [4, 4, 4]


def endpoint(url: str, **more: Any) -> dict[str, Any]:
    return {"engine": {"type": "endpoint", "base_url": url, "model": "m", **more}, "n": 2}


def test_an_endpoint_that_is_not_there(tmp_path: Path) -> None:
    write_sums(tmp_path, sample=endpoint("http://127.0.0.1:9/v1"))
    refused(run(tmp_path), 3, "http://127.0.0.1:9/v1", "is the server running")


def test_an_endpoint_that_refuses_the_key_or_has_no_such_model(tmp_path: Path) -> None:
    right, wrong = "right-key-0123", "wrong-key-4567"
    with OpenAIServer(Script(api_key=right, models=("real",))) as server:
        write_sums(tmp_path, sample=endpoint(server.url, api_key="${env:TEST_KEY}"))
        refused(winnow("run", "recipe.yaml", cwd=tmp_path, env={"TEST_KEY": wrong}), 3, "key")
        refused(winnow("run", "recipe.yaml", cwd=tmp_path, env={"TEST_KEY": right}), 3, "'m'", "real")
        refused(run(tmp_path), 3, "TEST_KEY")
        named = ("run", "recipe.yaml", "--set", "sample.engine.model=real", "--runs-dir", "named")
        assert winnow(*named, cwd=tmp_path, env={"TEST_KEY": right}).returncode == 0
    held = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert right.encode() not in held
    assert wrong.encode() not in held


def test_a_folder_that_another_run_holds(tmp_path: Path) -> None:
    write_sums(tmp_path)
    folder = RunFolder(tmp_path / "runs/sums")
    folder.make()
    with folder.held():
        refused(run(tmp_path), 75, "another run holds", str(os.getpid()))
    assert run(tmp_path).returncode == 0


def test_a_folder_that_another_recipe_made(tmp_path: Path) -> None:
    write_sums(tmp_path)
    assert run(tmp_path).returncode == 0
    before = outcomes(tmp_path / "runs/sums")
    refused(
        run(tmp_path, "--set", "sample.temperature=0.1"), 2, "made by another recipe", "sample.temperature"
    )
    assert outcomes(tmp_path / "runs/sums") == before
    more = run(tmp_path, "--set", "sample.n=6")
    assert more.returncode == 0, more.stderr
    assert set(before) < set(outcomes(tmp_path / "runs/sums"))


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    write_sums(tmp_path)
    (tmp_path / "runs").write_text("a file")
    refused(run(tmp_path), 3, "runs", "cannot be written")


def test_a_candidates_file_that_is_broken(tmp_path: Path) -> None:
    write_sums(tmp_path)
    (tmp_path / "candidates.jsonl").write_text('{"id": "0", "completions": ["1"]}\n{"id": 1\n')
    refused(run(tmp_path), 2, "candidates.jsonl", "line 2")


HOSTILE = {
    "empty": "",
    "blank": " \n ",
    "large": "x" * 1_000_000 + " 2",
    "escapes": "\x1b[2J\x1b]0;title\x07\x1b[31m is 3\x1b[0m",
    "surrogate": "\ud800 it is 4",
    "null": "a\x00b 5",
    "bidi": "\u202e it is \u2066 6",
}


def test_answers_that_are_hostile(tmp_path: Path) -> None:
    """Whatever a model says is kept, judged and told; nothing of it reaches the terminal as a command."""
    write_jsonl(tmp_path / "problems.jsonl", sums(8)[7:])
    row = {"id": "7", "completions": [*HOSTILE.values(), "14", "it is 14"]}
    write_jsonl(tmp_path / "candidates.jsonl", [row])
    engine = {"type": "replay", "path": str(tmp_path / "candidates.jsonl")}
    write_recipe(tmp_path, sample={"engine": engine, "n": 9})
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "\x1b[2J" not in done.stdout + done.stderr
    told = {str(one[3]): one[4] for one in outcomes(tmp_path / "runs/sums")}
    assert len(told) == 9
    assert told["14"] == told["it is 14"] == "pass"
    assert {status for text, status in told.items() if "14" not in text} == {"fail"}
    status = winnow("status", "sums", cwd=tmp_path)
    assert status.returncode == 0, status.stderr


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount("-t", "tmpfs", "-o", "size=2m", "tmpfs", disk)
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


@pytest.mark.parametrize("size", [600, 1500], ids=["while building", "while sampling"])
def test_a_disk_that_is_full(tmp_path: Path, tiny_disk: Path, size: int) -> None:
    """The run stops with a message; with room again it goes on, and the ledger is that of a calm run."""
    rows = sums(300)
    write_jsonl(tmp_path / "problems.jsonl", rows)
    texts = [[os.urandom(size).hex() + f" {at + at}" for _ in range(8)] for at in range(300)]
    candidates = [{"id": str(at), "completions": one} for at, one in enumerate(texts)]
    write_jsonl(tmp_path / "candidates.jsonl", candidates)
    engine = {"type": "replay", "path": str(tmp_path / "candidates.jsonl")}
    write_recipe(tmp_path, sample={"engine": engine, "n": 8})
    refused(run(tmp_path, "--runs-dir", str(tiny_disk)), 3, "cannot be written", "run again")
    held = outcomes(tiny_disk / "sums")
    calm = run(tmp_path, "--runs-dir", str(tmp_path / "calm"))
    assert calm.returncode == 0, calm.stderr
    whole = outcomes(tmp_path / "calm/sums")
    assert {one[:3] for one in held} <= {one[:3] for one in whole}
    subprocess.run(["mount", "-o", "remount,size=64m", tiny_disk], check=True)
    again = run(tmp_path, "--runs-dir", str(tiny_disk))
    assert again.returncode == 0, again.stderr
    assert outcomes(tiny_disk / "sums") == whole
    assert json.loads((tiny_disk / "sums/manifest.json").read_text())["build"]["files"]
