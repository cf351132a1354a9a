"""An engine that starts its own server, asks it as any endpoint is asked, and stops it."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from winnow.steps.engine.client import Client
from winnow.steps.engine.counters import Counters
from winnow.steps.engine.endpoint import EndpointConfig
from winnow.steps.engine.process import ServerProcess
from winnow.steps.engine.protocol import Parameters, ServerConfig
from winnow.steps.engine.transport import Transport
from winnow.steps.records import Choice, Problem


class Managed(ABC):
    """A server on 127.0.0.1 that lives as long as the engine is open, with a key that nobody else has."""

    model: str
    capacity: int
    most: int

    def __init__(self, server: ServerProcess, config: ServerConfig, timeout: float) -> None:
        self._server, self._timeout = server, timeout
        self._client: Client | None = None
        # keys of the endpoint that it is asked as
        self.asked: dict[str, Any] = {"api": config.api, "logprobs": config.logprobs}

    @property
    @abstractmethod
    def identity(self) -> str: ...

    @abstractmethod
    async def _launch(self, key: str) -> str:
        """Start the server, and return its address when it answers; `key` is what it must ask for.

        Raises:
            MissingError: something that it needs is not installed.
            EngineUnreachable: it does not come up; the message has the end of its log.
        """

    @property
    def counters(self) -> Counters:
        return self._client.counters if self._client else Counters()

    @property
    def pid(self) -> int | None:
        """The server's process, while there is one."""
        return self._server.pid

    async def start(self) -> None:
        """Start the server, and wait until it answers. Raises as `_launch` does."""
        try:
            key = secrets.token_urlsafe(24)
            address = await self._launch(key)
            config = EndpointConfig(
                type="endpoint",
                base_url=f"{address}/v1",
                model=self.model,
                concurrency=self.capacity,
                max_n=self.most,
                timeout=self._timeout,
                **self.asked,
            )
            headers = {"Authorization": f"Bearer {key}"}
            transport = Transport(config.base_url, headers, config.timeout, config.base_url)
            self._client = Client(config, transport, dead=self._server.death)
            await self._client.start()
        except BaseException:
            await self.close()
            raise

    async def sample(self, problem: Problem, parameters: Parameters, start: int, n: int) -> Sequence[Choice]:
        if self._client is None:
            raise RuntimeError("the engine is not started")
        return await self._client.sample(problem, parameters, start, n)

    async def answered(self, problem: Problem, parameters: Parameters, further: Mapping[str, Any]) -> Any:
        """As `Client.answered`."""
        if self._client is None:
            raise RuntimeError("the engine is not started")
        return await self._client.answered(problem, parameters, further)

    async def close(self) -> None:
        """Stop the server."""
        if self._client is not None:
            await self._client.close()
        await self._server.stop()
