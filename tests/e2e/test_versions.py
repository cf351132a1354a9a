"""A build is made again from the ledger as it was, byte for byte."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from support.command import winnow
from support.recipes import sums, write_jsonl, write_recipe, write_sums


def content(run: Path) -> dict[str, bytes]:
    """Every file of the datasets."""
    built = (run / "datasets").resolve()
    return {str(file.relative_to(built)): file.read_bytes() for file in built.rglob("*") if file.is_file()}


def lineage(run: Path) -> dict[str, object]:
    told: dict[str, object] = json.loads((run / "datasets/manifest.json").read_text())["lineage"]
    return told


def command(folder: Path, *arguments: str, code: int = 0) -> str:
    done = winnow(*arguments, cwd=folder)
    assert done.returncode == code, done.stderr
    return done.stderr


def test_a_build_as_it_was(tmp_path: Path) -> None:
    """Of other samples, another verifier and another selection; files were merged since."""
    rules = {"sft": {}, "clean": {"max_characters": 18}}  # something is dropped, and told
    write_sums(tmp_path, build=rules)
    command(tmp_path, "run", "recipe.yaml")
    run = tmp_path / "runs/sums"
    first, told = content(run), lineage(run)
    assert told["version"] == 1
    assert {"recipe", "verifier", "winnow", "model", "source", "ledger"} < set(told)
    for count in range(9, 18):
        write_jsonl(tmp_path / "problems.jsonl", sums(count))
    write_recipe(tmp_path, verify={"type": "regex", "pattern": "[13579]$"}, build={"kto": {}})
    command(tmp_path, "run", "recipe.yaml", "--set", "sample.n=6")
    second = content(run)
    assert lineage(run)["version"] == 2
    command(tmp_path, "compact", "sums")
    shutil.rmtree(run / "builds" / (run / "previous").readlink().name)
    command(tmp_path, "build", "sums", "--at", "1")
    assert content(run) == first != second
    assert lineage(run) == told
    command(tmp_path, "build", "sums", "--at", json.loads(second["manifest.json"])["id"][:8])
    assert content(run) == second
    assert "there are 1 (" in command(tmp_path, "build", "sums", "--at", "7", code=2)
    assert "nothing to do" in command(tmp_path, "run", "recipe.yaml", "--set", "sample.n=6")


def test_garbage_is_nothing_that_a_published_build_needs(tmp_path: Path) -> None:
    publish = {"to": str(tmp_path / "out")}
    write_sums(tmp_path, n=20, publish=publish)
    command(tmp_path, "run", "recipe.yaml")
    run = tmp_path / "runs/sums"
    first = content(run)
    write_sums(tmp_path, n=20)
    for n in range(5, 9):
        command(tmp_path, "run", "recipe.yaml", "--set", f"sample.n={n}")
    (run / "builds/.4194305").mkdir()
    (run / "builds/.4194305/half.parquet").write_bytes(b"half")
    files = {file for file in run.rglob("*") if file.is_file()}
    dry = winnow("gc", "sums", "--days", "0", "--keep", "1", cwd=tmp_path)
    assert dry.returncode == 0, dry.stderr
    assert "--yes does it" in dry.stderr
    cells = dry.stdout.splitlines()[3].replace("│", " ").split()
    assert cells[:4] == ["sums", "1", "4", "2"]  # of five versions one is published, two are at hand
    assert {file for file in run.rglob("*") if file.is_file()} == files
    assert "deleted" in command(tmp_path, "gc", "--days", "0", "--keep", "1", "--yes")
    assert not (run / "builds/.4194305").exists()
    assert {file for file in files if file.match("ledger/events/*.parquet") and not file.exists()}
    assert "nothing to do" in command(tmp_path, "run", "recipe.yaml", "--set", "sample.n=8")
    command(tmp_path, "build", "sums", "--at", "2", code=2)
    command(tmp_path, "build", "sums", "--at", "1")
    assert content(run) == first
