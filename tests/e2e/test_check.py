"""`winnow run --check` tells what a run would do, and the run does that."""

from __future__ import annotations

from pathlib import Path

from support.command import winnow
from support.openai_server import OpenAIServer, Script
from support.recipes import sums, write_jsonl, write_recipe, write_sums


def check(folder: Path, code: int, *sets: str) -> dict[str, str]:
    """What it says, line by line; nothing is asked or written."""
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    done = winnow("run", "recipe.yaml", "--check", *sets, cwd=folder)
    assert done.returncode == code, done.stderr
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    lines = [line.strip().rpartition("  ") for line in done.stdout.splitlines()]
    return {name.strip(): told for name, _, told in lines}


def test_what_would_be_done(tmp_path: Path) -> None:
    with OpenAIServer(Script()) as server:
        engine = {"type": "endpoint", "base_url": server.url, "model": "m"}
        told = {"engine": {**engine, "prices": {"input": 1.0, "output": 1.0}}, "n": 4}
        write_sums(tmp_path, sample=told)
        assert check(tmp_path, 5) | {"cost": ""} == {
            "problems new": "8",
            "candidates to sample": "32",
            "build": "yes",
            "cost": "",
        }
        assert not (tmp_path / "runs").exists()
        assert winnow("run", "recipe.yaml", cwd=tmp_path).returncode == 0
        sampled = len(server.seen)
        assert check(tmp_path, 0) == {}
        assert check(tmp_path, 2, "--set", "sample.temperature=0.1") == {}
        write_jsonl(tmp_path / "problems.jsonl", sums(10)[1:])
        write_recipe(tmp_path, sample=told, verify={"type": "regex", "pattern": r"\d"})
        owed = check(tmp_path, 5)
        assert float(owed.pop("tokens").removeprefix("some ")) > 8
        assert float(owed.pop("cost").removeprefix("some ")) > 0
        assert owed == {
            "problems new": "2",
            "problems gone": "1",
            "candidates to sample": "8",
            "to judge": "28",
            "build": "yes",
        }
        assert len(server.seen) == sampled
        assert winnow("run", "recipe.yaml", cwd=tmp_path).returncode == 0
        assert sum(row["n"] for row in server.sampled) == 32 + 8
