"""Engines under test: real servers on real sockets, and waits that are over at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from support.openai_server import OpenAIServer

from winnow.steps.engine import client as client_module
from winnow.steps.engine import retry
from winnow.steps.engine.client import Client
from winnow.steps.engine.endpoint import EndpointConfig
from winnow.steps.records import Problem, messages_of

FAST = retry.Backoff(first=0.001, most=0.002)
Connect = Callable[..., Awaitable[Client]]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "Backoff", lambda: FAST)
    monkeypatch.setattr(client_module, "_AT_START", FAST)


@pytest.fixture
def problem() -> Problem:
    return Problem("p1", messages_of("What is 3 + 4?"))


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Start a client for a server (or a URL); it is closed when the test ends."""
    opened: list[Client] = []

    async def start(server: OpenAIServer | str, *, log_dir: Path | None = None, **keys: Any) -> Client:
        url = server if isinstance(server, str) else server.url
        config = EndpointConfig(**{"type": "endpoint", "base_url": url, "model": "m", **keys})
        opened.append(config.engine(log_dir))
        await opened[-1].start()
        return opened[-1]

    yield start
    for client in opened:
        await client.close()
