"""Nothing changed: nothing is done. Something did: that is done, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from support.command import winnow, winnow_afresh
from support.fingerprints import asked, keys
from support.openai_server import OpenAIServer, Script
from support.processors import cpu_seconds
from support.recipes import sums, write_jsonl, write_recipe, write_sums

from winnow.steps.errors import Exit
from winnow.steps.ledger import Ledger

CHECKS = """
from helpers import LEAST

def long(completion, reference):
    return len(completion) >= LEAST
"""
RATES = """
import weights

def weighted(completions, **_):
    return [weights.WEIGHT * len(one) for one in completions]
"""
SECONDS = 2.5  # of processors: half of what it may take where nobody else uses them


def run(folder: Path, *more: str, told: str = "") -> None:
    """Run to the end."""
    done = winnow("run", "recipe.yaml", *more, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert told in done.stderr


def seconds(folder: Path) -> float:
    """Seconds of processors that a run takes which has nothing to do."""

    def run() -> None:
        done = winnow_afresh("run", "recipe.yaml", cwd=folder)
        assert done.returncode == 0 and "nothing to do" in done.stderr, done.stderr

    return cpu_seconds(run, SECONDS)


def files(*folders: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of change of every file: one that is written anew, with the same content, differs."""
    found = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    assert found
    return {str(file): (file.stat().st_ino, file.stat().st_mtime_ns) for file in found}


def versions(folder: Path) -> dict[str, int]:
    return Ledger(folder / "runs/sums/ledger").versions()


def written(folder: Path, url: str, **more: Any) -> dict[str, Any]:
    """A recipe that publishes, too; its keys."""
    sample = {"engine": {"type": "endpoint", "base_url": url, "model": "m"}, "n": 4}
    told = {"sample": sample, "publish": {"to": str(folder / "out")}, **more}
    write_sums(folder, **told)
    return told


def test_nothing_changed(tmp_path: Path) -> None:
    """No request, no version, no file; not even where a default is spelled out, or small files are merged."""
    with OpenAIServer(Script()) as server:
        written(tmp_path, server.url)
        run(tmp_path)
        sampled, before = len(server.seen), (files(tmp_path / "runs", tmp_path / "out"), versions(tmp_path))
        assert seconds(tmp_path) < SECONDS
        run(tmp_path, "--set", "sample.temperature=0.8", told="nothing to do")
        assert (files(tmp_path / "runs", tmp_path / "out"), versions(tmp_path)) == before
        assert winnow("compact", "sums", cwd=tmp_path).returncode == 0
        run(tmp_path, told="nothing to do")
        assert len(server.seen) == sampled


def test_one_new_problem(tmp_path: Path) -> None:
    with OpenAIServer(Script()) as server:
        written(tmp_path, server.url)
        run(tmp_path)
        sampled = len(server.sampled)
        write_jsonl(tmp_path / "problems.jsonl", sums(9))
        run(tmp_path)
        new = server.sampled[sampled:]
        assert {row["messages"][-1]["content"] for row in new} == {sums(9)[8]["q"]}
        assert sum(row["n"] for row in new) == 4
        run(tmp_path, told="nothing to do")
    assert asked(tmp_path / "runs/sums")["len"].to_list() == [4] * 9


def test_another_verifier_judges_all_and_samples_nothing(tmp_path: Path) -> None:
    with OpenAIServer(Script()) as server:
        told = written(tmp_path, server.url)
        run(tmp_path)
        sampled, before = len(server.seen), keys(tmp_path / "runs/sums")
        write_recipe(tmp_path, **{**told, "verify": {"type": "regex", "pattern": r"\d"}})
        run(tmp_path)
        after = keys(tmp_path / "runs/sums")
        assert len(server.seen) == sampled
        assert after["completions"] == before["completions"]
        assert len(after["verdicts"]) == 2 * len(before["verdicts"])


def test_what_a_verifier_imports_was_edited(tmp_path: Path) -> None:
    """And what a scorer does: each judges anew by its own, nobody is asked. Other files change nothing."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "helpers.py").write_text("LEAST = 1\n")
    (mine / "weights.py").write_text("WEIGHT = 1.0\n")
    (mine / "checks.py").write_text(CHECKS)
    (mine / "rates.py").write_text(RATES)
    verify = {"type": "python", "function": "mine/checks.py:long"}
    score = {"type": "function", "function": "mine/rates.py:weighted"}
    with OpenAIServer(Script()) as server:
        written(tmp_path, server.url, verify=verify, score=score)
        run(tmp_path)
        sampled, before = len(server.seen), keys(tmp_path / "runs/sums")
        (mine / "unrelated.py").write_text("LEAST = 2\n")
        run(tmp_path, told="nothing to do")
        (mine / "helpers.py").write_text("LEAST = 10_000\n")
        assert winnow("run", "recipe.yaml", "--check", cwd=tmp_path).returncode == Exit.PENDING
        run(tmp_path)
        judged = keys(tmp_path / "runs/sums")
        (mine / "weights.py").write_text("WEIGHT = 2.0\n")
        run(tmp_path)
        scored = keys(tmp_path / "runs/sums")
        assert len(server.seen) == sampled
    assert scored["completions"] == judged["completions"] == before["completions"]
    assert len(judged["verdicts"]) == 2 * len(before["verdicts"]) and judged["rewards"] == before["rewards"]
    assert scored["verdicts"] == judged["verdicts"] and len(scored["rewards"]) == 2 * len(judged["rewards"])
    last = Ledger(tmp_path / "runs/sums/ledger").scan("verdicts").sort("created_at").tail(32).collect()
    assert set(last["status"]) == {"fail"}


def test_another_selection_builds_and_publishes_alone(tmp_path: Path) -> None:
    with OpenAIServer(Script()) as server:
        told = written(tmp_path, server.url)
        run(tmp_path)
        sampled, before, held = len(server.seen), published(tmp_path), versions(tmp_path)
        write_recipe(tmp_path, **{**told, "build": {"sft": {"per_problem": 1}}})
        run(tmp_path)
        assert len(server.seen) == sampled
        tables = ("problems", "completions", "verdicts")
        assert {name: versions(tmp_path)[name] for name in tables} == {name: held[name] for name in tables}
        assert published(tmp_path) != before


def published(folder: Path) -> str:
    return str(json.loads((folder / "out/latest.json").read_text())["build"])
