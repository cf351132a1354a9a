"""Engines of batches under test: a real provider on a real socket, and waits that are over at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from support.batch_server import BatchServer

from winnow.steps.engine import BatchConfig
from winnow.steps.engine.batch import provider
from winnow.steps.engine.batch.engine import BatchEngine
from winnow.steps.engine.protocol import Parameters
from winnow.steps.engine.retry import Backoff
from winnow.steps.records import Choice, Problem, messages_of

Connect = Callable[..., Awaitable[BatchEngine]]
PARAMETERS = Parameters(max_tokens=64)
PROBLEMS = [Problem(str(at), messages_of(f"What is {at} + {at}?")) for at in range(12)]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "Backoff", lambda: Backoff(first=0.001, most=0.002))


@pytest.fixture
async def connect(tmp_path: Path) -> AsyncIterator[Connect]:
    """Start an engine for a provider, in a run's folder; it is closed when the test ends."""
    opened: list[BatchEngine] = []

    async def start(server: BatchServer | str, **keys: Any) -> BatchEngine:
        url = server if isinstance(server, str) else server.url
        quick = {"gather": 0.05, "poll": 0.02, "patience": 0.5}
        config = BatchConfig(**{"type": "batch", "base_url": url, "model": "m", **quick, **keys})
        opened.append(config.engine(tmp_path / "logs"))
        await opened[-1].start()
        return opened[-1]

    yield start
    for engine in opened:
        await engine.close()


async def ask(engine: BatchEngine, n: int = 4, first: int = 0) -> list[Sequence[Choice] | BaseException]:
    """All problems at once; what fails is returned, too."""
    asked = (engine.sample(problem, PARAMETERS, first, n) for problem in PROBLEMS)
    return await asyncio.gather(*asked, return_exceptions=True)


def texts(answers: Sequence[Sequence[Choice] | BaseException]) -> list[list[str]]:
    """What was said to each problem; no failure among it."""
    failed = [one for one in answers if isinstance(one, BaseException)]
    assert failed == []
    return [[choice.text for choice in one] for one in answers if not isinstance(one, BaseException)]
