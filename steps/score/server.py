"""Servers with the model of a scorer: vLLM's, or one like it; ours or not."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

from winnow.steps.engine.counters import Counters
from winnow.steps.engine.failures import Passing, TooLong, Trouble, of_status
from winnow.steps.engine.protocol import EngineUnreachable
from winnow.steps.engine.reply import loads
from winnow.steps.engine.retry import Backoff, Retrier, Silence
from winnow.steps.engine.transport import Transport
from winnow.steps.engine.vllm_server import VllmServer
from winnow.steps.engine.words import complaint
from winnow.steps.score.models import AnyRemote, CausalConfig, PoolingConfig, VllmScorerConfig
from winnow.steps.scoring import Reward
from winnow.verifiers.verdict import cut

T = TypeVar("T")
Runner = Literal["pooling", "generate"]
COMPLETIONS = "v1/completions"
_AT_START = Backoff(first=0.2, most=5.0)
_PATIENCE = 10.0  # seconds that a server of ours may be silent, where it has not ended


class Server(Protocol):
    """A server that is asked about one completion a request, at the path `task` where no other is said.
    `shown` is what a message may call it, `tokenizer` the folder of its tokenizer, or its name on the Hub
    with its revision."""

    @property
    def shown(self) -> str: ...

    @property
    def task(self) -> str: ...

    @property
    def tokenizer(self) -> tuple[str, str | None]: ...

    async def start(self, step: int | None = None) -> None:
        """Be ready to ask; where the server is ours, it pools the tokens with the id `step`.

        Raises:
            MissingError: what it takes is not installed.
            EngineUnreachable: nobody is there, or the server has another model.
        """
        ...

    async def asked(self, body: dict[str, Any], read: Callable[[Any], T], path: str = "") -> T:
        """What `read` makes of the JSON of one reply; it may raise what a reply that is none makes it raise.

        Raises:
            Trouble, EngineUnreachable: the request was given up.
        """
        ...

    async def close(self) -> None: ...


class Remote:
    """A server that runs already, asked for as many completions at once as `concurrency` says."""

    def __init__(
        self,
        config: AnyRemote,
        task: str,
        transport: Transport | None = None,
        dead: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.task = task
        self.tokenizer = (config.tokenizer or config.model, None)
        self._config, self._dead = config, dead
        self._transport = transport or Transport.of(
            config.base_url, config.api_key, config.headers, config.timeout
        )
        self._silence = Silence(config.patience)
        self._retrier = Retrier(config.retries, self._silence, Counters(), Backoff())
        self._seats = asyncio.Semaphore(config.concurrency)

    @property
    def shown(self) -> str:
        return self._transport.shown

    async def start(self, step: int | None = None) -> None:
        await self._transport.open()
        retrier = Retrier(self._config.retries, Silence(0.0), Counters(), _AT_START)
        try:
            answer = await retrier(partial(self._transport.get, "models"), self._dead)
            told = loads(answer.body) if answer.status == 200 else None
        except Trouble:
            return  # it answers, and need not list its models
        listed = told.get("data") if isinstance(told, dict) else None
        names = [one.get("id") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        if names and self._config.model not in names:
            raise EngineUnreachable(
                f"{self.shown} has no model {self._config.model!r}; it serves: "
                + ", ".join(map(str, names[:5]))
            )

    async def close(self) -> None:
        await self._transport.close()

    async def asked(self, body: dict[str, Any], read: Callable[[Any], T], path: str = "") -> T:
        async def once() -> T:
            asked = {"model": self._config.model, **self._config.extra, **body}
            answer = await self._transport.post(path or self.task, asked, root=True)
            self._silence.heard()
            if answer.status != 200:
                raise of_status(answer.status, answer.headers, answer.body)
            try:
                return read(loads(answer.body))
            except (ValueError, KeyError, IndexError, TypeError, AttributeError):
                raise Passing(f"the reply is no reward: {complaint(answer.body)}") from None

        async with self._seats:
            return await self._retrier(once, self._dead)


class Managed:
    """A `vllm serve` on 127.0.0.1, from the start to the end, with this `runner`."""

    def __init__(self, config: VllmScorerConfig, log_dir: Path | None, runner: Runner) -> None:
        self.task = "pooling" if runner == "pooling" else COMPLETIONS
        self._runner = runner
        self.tokenizer = (config.model, config.revision)
        self._config = config
        self._server = VllmServer(config, log_dir)
        self._remote: Remote | None = None

    @property
    def shown(self) -> str:
        return f"vllm with {self._config.model}"

    async def start(self, step: int | None = None) -> None:
        config, key = self._config, secrets.token_urlsafe(24)
        steps = {"task": "token_classify", "tok_pooling_type": "STEP", "step_tag_id": step}
        by = [] if step is None else [f"--pooler-config={json.dumps(steps)}"]
        address = await self._server.serve(key, [f"--runner={self._runner}", *by])
        told = CausalConfig(
            type="endpoint",
            base_url=f"{address}/v1",
            model=config.model,
            concurrency=config.concurrency,
            timeout=config.timeout,
            patience=_PATIENCE,
        )
        headers = {"Authorization": f"Bearer {key}"}
        transport = Transport(told.base_url, headers, told.timeout, self.shown)
        self._remote = Remote(told, self.task, transport, self._server.death)
        await self._remote.start()

    async def close(self) -> None:
        if self._remote is not None:
            await self._remote.close()
        await self._server.stop()

    async def asked(self, body: dict[str, Any], read: Callable[[Any], T], path: str = "") -> T:
        if self._remote is None:
            raise RuntimeError("the server is not started")
        return await self._remote.asked(body, read, path)


def server_of(config: AnyRemote | VllmScorerConfig, log_dir: Path | None, runner: Runner) -> Server:
    """The server that a recipe declares; one of ours writes its log to `log_dir`."""
    if isinstance(config, VllmScorerConfig):
        return Managed(config, log_dir, runner)
    return Remote(config, config.task if isinstance(config, PoolingConfig) else COMPLETIONS)


def in_vain(server: Server, failure: Trouble | EngineUnreachable) -> Reward:
    """The reward of a completion that such a server was asked about in vain."""
    told = cut(f"{server.shown}: {failure}")
    # What the model cannot read it could not read the next time either.
    return Reward(reason=f"too long: {told}") if isinstance(failure, TooLong) else Reward.error(told)
