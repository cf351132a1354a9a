"""The local runner: what was paid for is durable before anything else is ended."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from support.recipes import write_sums

from winnow.pipelines.local import LocalRunner
from winnow.pipelines.progress import Progress
from winnow.pipelines.recipe import load_recipe
from winnow.steps.ledger import Ledger
from winnow.steps.sample.sampler import Sampler
from winnow.steps.stage import Context


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
