"""What ends a run early: a budget that is spent, and requests that fail for good."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
from support.command import winnow
from support.fingerprints import asked, keys
from support.openai_server import OpenAIServer, Script
from support.recipes import sums, write_jsonl, write_sums

from winnow.steps.ledger import Ledger

CONCURRENCY, MOST_TOKENS = 8, 11 + 10  # of one request: its prompt, and the longest thing that is said


def sample(url: str, **more: Any) -> dict[str, Any]:
    engine = {"type": "endpoint", "base_url": url, "model": "m", "concurrency": CONCURRENCY, "max_n": 1}
    return {"engine": engine, "n": 4, **more}


def tokens(run: Path) -> int:
    """What the ledger says was spent, prompts included."""
    columns = pl.col("prompt_tokens") + pl.col("completion_tokens")
    return int(Ledger(run / "ledger").scan("completions").select(columns.sum()).collect().item())


def told_tokens(folder: Path) -> int:
    """What `winnow status` says was spent."""
    lines = winnow("status", "sums", cwd=folder).stdout.splitlines()
    return int(next(line.split()[-1].replace(",", "") for line in lines if line.startswith("tokens")))


def events(run: Path, kind: str) -> pl.DataFrame:
    return Ledger(run / "ledger").scan("events").filter(pl.col("kind") == kind).collect()


def test_a_budget_that_is_spent(tmp_path: Path) -> None:
    """The run stops within what was in flight, builds what it has, and goes on with a larger budget."""
    run, budget = tmp_path / "runs/sums", 1500
    with OpenAIServer(Script(latency=0.02)) as server:
        write_sums(tmp_path, count=40, sample=sample(server.url, budget={"tokens": budget}))
        done = winnow("run", "recipe.yaml", cwd=tmp_path)
        assert done.returncode == 4, done.stderr
        assert "1,500 tokens" in done.stderr
        assert "sample.budget" in done.stderr
        spent = tokens(run)
        assert budget <= spent < budget + CONCURRENCY * MOST_TOKENS
        assert told_tokens(tmp_path) == spent
        assert "stopped: budget" in winnow("status", "sums", cwd=tmp_path).stdout
        assert pl.read_parquet(run / "datasets/sft/*.parquet").height > 0

        asked_before = len(server.sampled)
        again = winnow("run", "recipe.yaml", cwd=tmp_path)
        assert again.returncode == 4, again.stderr
        assert len(server.sampled) == asked_before
        assert tokens(run) == spent

        more = winnow("run", "recipe.yaml", "--set", "sample.budget.tokens=1_000_000", cwd=tmp_path)
        assert more.returncode == 0, more.stderr
        assert len(server.sampled) == 160
    assert asked(run)["len"].to_list() == [4] * 40
    assert told_tokens(tmp_path) == tokens(run) > spent


def test_a_budget_that_suffices(tmp_path: Path) -> None:
    with OpenAIServer(Script()) as server:
        write_sums(tmp_path, count=4, sample=sample(server.url, budget={"tokens": 100_000}))
        assert winnow("run", "recipe.yaml", cwd=tmp_path).returncode == 0
        # spent to the last token by a run that is done: nothing is owed, so nothing is missed
        spent = tokens(tmp_path / "runs/sums")
        again = winnow("run", "recipe.yaml", "--set", f"sample.budget.tokens={spent}", cwd=tmp_path)
    assert again.returncode == 0, again.stderr


def test_a_request_that_fails_for_good(tmp_path: Path) -> None:
    """Its completions stay owed; all others are there, and the next run asks for the owed ones alone."""
    run = tmp_path / "runs/sums"
    long = {"id": "long", "q": "What is 1 + 1?" + " Think again." * 20, "a": "2"}
    with OpenAIServer(Script(max_prompt=200)) as server:
        write_sums(tmp_path, sample=sample(server.url))
        write_jsonl(tmp_path / "problems.jsonl", [*sums(3), long, *sums(8)[3:]])
        done = winnow("run", "recipe.yaml", cwd=tmp_path)
        assert done.returncode == 1, done.stderr
        assert "4 completions are still owed" in done.stderr
        assert asked(run).select("source_id", "len").rows() == [(str(at), 4) for at in range(8)]
        failed = events(run, "request_failed")
        assert failed.height == 4
        why = [json.loads(told)["why"] for told in failed["data"]]
        assert all("the prompt is too long for the context" in one for one in why)
        assert "\x1b" not in done.stderr
        assert pl.read_parquet(run / "datasets/sft/*.parquet").height > 0

        server.script.max_prompt = 0
        seen, held = len(server.sampled), keys(run)["completions"]
        again = winnow("run", "recipe.yaml", cwd=tmp_path)
        assert again.returncode == 0, again.stderr
        assert {row["messages"][-1]["content"] for row in server.sampled[seen:]} == {long["q"]}
        assert len(server.sampled) == seen + 4
    assert set(held) < set(keys(run)["completions"])
    assert asked(run)["len"].to_list() == [4] * 9


def test_what_is_known_is_judged_though_nothing_may_be_asked(tmp_path: Path) -> None:
    """A spent budget stops the sampling; a new verifier still judges all that is there."""
    run = tmp_path / "runs/sums"
    with OpenAIServer() as server:
        write_sums(tmp_path, count=600, sample={**sample(server.url), "n": 1})
        assert winnow("run", "recipe.yaml", cwd=tmp_path).returncode == 0
        asked_before = len(server.sampled)
        sets = ["sample.n=2", "sample.budget.tokens=100", "verify={type: regex, pattern: '.*'}"]
        options = [word for one in sets for word in ("--set", one)]
        done = winnow("run", "recipe.yaml", *options, cwd=tmp_path)
        assert done.returncode == 4, done.stderr
        assert len(server.sampled) == asked_before
    verdicts = Ledger(run / "ledger").scan("verdicts").group_by("verifier").len().collect()
    assert dict(verdicts.iter_rows()) == {"number": 600, "regex": 600}
