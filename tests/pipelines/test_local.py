"""The local runner: what was paid for is durable before anything else is ended."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from support.batch_server import BatchServer
from support.judges import TOKENS, JudgeServer
from support.openai_server import OpenAIServer, Script
from support.recipes import write_sums

from winnow.pipelines.local import LocalRunner
from winnow.pipelines.progress import Progress
from winnow.pipelines.recipe import load_recipe
from winnow.steps.engine.batch.engine import BatchEngine
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.resume import spent
from winnow.steps.ledger.schema import Sampling
from winnow.steps.sample.sampler import Sampler
from winnow.steps.stage import Context, Halt
from winnow.verifiers import load

SEARCH = {"type": "beam", "n": 4, "width": 2, "depth": 3}


def test_all_is_durable_before_the_engine_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server may take its time to end, and we may be killed while it does."""
    recipe = load_recipe(write_sums(tmp_path, count=8))
    ledger, context = Ledger(tmp_path / "ledger"), Context(run="r")
    seen: list[dict[str, int]] = []
    close = Sampler.close

    async def closing(sampler: Sampler) -> None:
        seen.append({table: ledger.height(table) for table in ("problems", "completions", "verdicts")})
        await close(sampler)

    monkeypatch.setattr(Sampler, "close", closing)
    asyncio.run(LocalRunner(recipe, ledger, context, Progress(context, 8), lambda told: None).run())
    assert seen == [{"problems": 8, "completions": 32, "verdicts": 32}]


def test_an_edit_of_a_verifier_that_is_at_work_leaves_nothing_unjudged(tmp_path: Path) -> None:
    """What was done by the code before is not done by the one that was written meanwhile."""
    checks = tmp_path / "checks.py"
    checks.write_text("def right(completion, reference):\n    return True\n")
    verify = {"type": "python", "function": f"{checks}:right"}
    recipe = load_recipe(write_sums(tmp_path, count=2, verify=verify))
    ledger, fingerprints = Ledger(tmp_path / "ledger"), []
    for edit in ("# edited", ""):
        fingerprints.append(load(recipe.verify).fingerprint)
        context = Context(run="r")
        told = lambda _: checks.write_text(checks.read_text() + edit)  # noqa: E731, B023
        asyncio.run(LocalRunner(recipe, ledger, context, Progress(context, 2), told).run())
    found = ledger.scan("verdicts").collect()["fingerprint"].value_counts()
    assert dict(found.iter_rows()) == dict.fromkeys(fingerprints, 8) and len(set(fingerprints)) == 2


def test_answers_that_the_ledger_has_are_let_go_where_nothing_is_owed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that was killed at its very end left them, and the next one starts no engine."""
    told: dict[str, str] = {}

    def claim(sampling: Sampling) -> None:
        told.update(sampling.named)

    def run() -> None:
        context = Context(run="r", log_dir=tmp_path / "run/logs")
        runner = LocalRunner(recipe, ledger, context, Progress(context, 8), claim, before=dict(told))
        asyncio.run(runner.run())

    with BatchServer() as server:
        engine = {"type": "batch", "base_url": server.url, "model": "m", "gather": 0.05, "poll": 0.02}
        recipe = load_recipe(write_sums(tmp_path, sample={"engine": engine, "n": 2, "max_tokens": 64}))
        ledger = Ledger(tmp_path / "ledger")
        with monkeypatch.context() as killed:
            killed.setattr(BatchEngine, "settle", lambda *_: None)
            run()
        assert list((tmp_path / "run/batches").iterdir())
        asked, paths = len(server.asked), len(server.paths)
        run()
        assert (len(server.asked), len(server.paths)) == (asked, paths)
    assert not list((tmp_path / "run/batches").iterdir())


def test_a_search_waits_for_a_budget_that_pays_its_judge(tmp_path: Path) -> None:
    """It stops where no score was asked for, and goes on from there: no place is scored twice."""
    ledger = Ledger(tmp_path / "ledger")

    def run(tokens: int) -> Context:
        sample = {"engine": engine, "max_tokens": 64, "search": SEARCH, "budget": {"tokens": tokens}}
        recipe = load_recipe(write_sums(tmp_path, 3, sample=sample, score=score))
        context = Context(run="r", spent=spent(ledger))
        asyncio.run(LocalRunner(recipe, ledger, context, Progress(context, 3), lambda told: None).run())
        return context

    with OpenAIServer(Script(text="steps")) as server, JudgeServer() as judge:
        engine = {"type": "endpoint", "base_url": server.url, "model": "m"}
        score = {"type": "judge", "engine": judge.engine()}
        first = run(2 * TOKENS)
        assert first.halt is Halt.BUDGET and first.counts["unpaid"] and not first.counts["unsearched"]
        assert judge.judged == ledger.height("node_rewards") <= 2 and not ledger.height("completions")
        assert spent(ledger) == replace(first.spent, seconds=spent(ledger).seconds)
        last = run(1_000_000)
    assert last.halt is None and not last.counts["unpaid"] and ledger.height("completions")
    assert judge.judged == ledger.height("judgements") == ledger.height("node_rewards")
    assert spent(ledger).judge_tokens == judge.judged * TOKENS == last.spent.judge_tokens
