"""A run to which nothing is owed starts nothing; one to which something is, forgets nothing for looking."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.command import winnow
from support.fingerprints import keys
from support.openai_server import OpenAIServer
from support.recipes import sums, write_jsonl, write_sums

from winnow.steps.ledger import Ledger


def run(folder: Path, *sets: str, code: int = 0) -> str:
    told = winnow("run", "recipe.yaml", *(word for one in sets for word in ("--set", one)), cwd=folder)
    assert told.returncode == code, told.stderr
    return told.stderr


def recipe(folder: Path, server: OpenAIServer, **keys: Any) -> None:
    engine = {"type": "endpoint", "base_url": server.url, "model": "m", "patience": 0.1}
    write_sums(folder, count=4, sample={"engine": engine, "n": 2, "max_tokens": 64, **keys})


def test_where_nothing_is_owed_no_engine_is_started(tmp_path: Path) -> None:
    with OpenAIServer() as server:
        recipe(tmp_path, server)
        run(tmp_path)
        asked = len(server.paths)
        held = keys(tmp_path / "runs/sums")
        run(tmp_path, "build.sft.per_problem=1")
        assert len(server.paths) == asked
    run(tmp_path)  # nobody is there any more, and nobody is missed
    assert keys(tmp_path / "runs/sums") == held
    assert "nothing answers" in run(tmp_path, "sample.n=3", code=3)


def test_what_was_seen_while_looking_ahead_is_not_lost(tmp_path: Path) -> None:
    with OpenAIServer() as server:
        recipe(tmp_path, server)
        run(tmp_path)
        write_jsonl(tmp_path / "problems.jsonl", sums(9)[2:])
        run(tmp_path)
    ledger = Ledger(tmp_path / "runs/sums/ledger")
    problems = ledger.scan("problems").collect()["source_id"]
    assert sorted(problems) == [str(at) for at in range(9)]
    assert ledger.scan("completions").collect().height == 18
    left = ledger.scan("events").collect().filter(kind="left_source")
    assert left.height == 2


def test_a_problem_that_left_is_told_also_where_nothing_is_owed(tmp_path: Path) -> None:
    with OpenAIServer() as server:
        recipe(tmp_path, server)
        run(tmp_path)
    write_jsonl(tmp_path / "problems.jsonl", sums(3))
    run(tmp_path)
    left = Ledger(tmp_path / "runs/sums/ledger").scan("events").collect().filter(kind="left_source")
    assert left.height == 1


def test_where_only_verdicts_are_owed_no_token_is_asked_for(tmp_path: Path) -> None:
    with OpenAIServer() as server:
        recipe(tmp_path, server)
        run(tmp_path)
        asked = len(server.paths)
        run(tmp_path, "verify={type: exact}")
        assert server.paths[asked:] == ["GET /v1/models"]  # is it there?
