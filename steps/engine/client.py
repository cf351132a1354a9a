"""The engine that asks an OpenAI-compatible server, and gets from it what the sampler wants.

A server that does not know `n`, returns too few choices, counts oddly or fails now and then is asked in
another way, or again, until the sampler has what it asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from winnow.steps.engine.counters import Counters
from winnow.steps.engine.dialect import asking, path_of, with_logprobs
from winnow.steps.engine.failures import Absent, Denied, Passing, Rejected, TooLong, Trouble, of_status
from winnow.steps.engine.probe import Features, denied, probe, tiny, tokenize
from winnow.steps.engine.protocol import EngineUnreachable, Parameters, RequestFailed
from winnow.steps.engine.remembered import Remembered
from winnow.steps.engine.reply import Reply, loads, read, used
from winnow.steps.engine.retry import Backoff, Retrier, Silence
from winnow.steps.engine.tokens import counts
from winnow.steps.engine.transport import Answer, Transport
from winnow.steps.records import Choice, Problem, canonical, key_of
from winnow.steps.secrets import redact

if TYPE_CHECKING:
    from winnow.steps.engine.endpoint import Remote

_AT_START = Backoff(first=0.2, most=5.0)


class Client:
    """An engine behind a URL. After `start`, `most` is 1 where the server does not understand `n`."""

    def __init__(
        self,
        config: Remote,
        transport: Transport,
        *,
        dead: Callable[[], str | None] = lambda: None,
        backoff: Backoff | None = None,
        memory: Path | None = None,
        features: Features | None = None,
    ) -> None:
        self.model = config.model
        self.capacity = config.concurrency
        self.most = config.max_n
        self.counters = Counters()
        self._config = config
        self._transport = transport
        self._dead = dead
        self._silence = Silence(config.patience)
        self._retrier = Retrier(config.retries, self._silence, self.counters, backoff or Backoff())
        self._features = features or Features()
        self._memory = Remembered(memory)
        self._recalled = False  # what it can do: remembered of an earlier run, not asked in this one
        self._learning = asyncio.Lock()

    @property
    def identity(self) -> str:
        """The model, what `extra` makes of it, and whether it is asked as a chat; where it runs does not
        matter."""
        config = self._config
        extra = {"extra": config.extra} if config.extra else {}
        return canonical({"model": self.model, **extra, **config.spoken})

    async def start(self) -> None:
        await self._transport.open()
        try:
            known = self._memory.recall(self._key)
            self._recalled = known is not None and await self._is_there()
            if known is not None and self._recalled:
                self._can(known)
            else:
                await self._learn()
        except BaseException:
            await self._transport.close()
            raise

    @property
    def _key(self) -> str:
        """What an earlier run must have asked for what it found to hold."""
        config = self._config
        asked: dict[str, Any] = {
            "model": self.model,
            "api": config.api,
            "logprobs": config.logprobs,
            "extra": config.extra,
        }
        asked["many"] = config.max_n > 1
        return key_of("probe", self._transport.place, canonical(asked))

    async def _is_there(self) -> bool:
        """Whether somebody answers, which costs no token.

        Raises:
            EngineUnreachable: nobody is there.
        """
        retrier = Retrier(self._config.retries, Silence(0.0), self.counters, _AT_START)
        try:
            await retrier(partial(self._transport.get, "models"), self._dead)
        except Trouble:
            return False
        return True

    async def _learn(self) -> None:
        """Find out what the server can do, and remember it."""
        config, retrier = self._config, Retrier(self._config.retries, Silence(0.0), self.counters, _AT_START)

        async def ask(body: dict[str, Any]) -> Reply:
            reply, _ = await retrier(partial(self._ask, {**config.extra, **body}), self._dead)
            return reply

        self._memory.keep(self._key, None)
        found = await probe(ask, self._transport, self.model, config.api, config.logprobs, config.max_n)
        self._memory.keep(self._key, found)
        self._can(found)

    def _can(self, features: Features) -> None:
        self._features = features
        self.most = self._config.max_n if features.n else 1

    async def _was_mistaken(self, used: Features) -> bool:
        """Whether a request was refused because the server can do something else than was remembered."""
        async with self._learning:
            if self._recalled:
                self._recalled = False
                await self._learn()
            return self._features != used

    async def close(self) -> None:
        await self._transport.close()

    async def sample(self, problem: Problem, parameters: Parameters, start: int, n: int) -> Sequence[Choice]:
        """What a server leaves out is asked for again, by its own index."""
        choices: list[Choice] = []
        while len(choices) < n:
            used = self._features
            first, missing = start + len(choices), min(n - len(choices), self.most)
            seed = parameters.seed_of(problem, first) if used.seed else None
            body = self.body(problem, parameters, missing, seed)
            try:
                choices += (await self._choices(body, seed))[:missing]
            except (RequestFailed, Rejected) as trouble:
                if isinstance(trouble, Rejected) and await self._was_mistaken(used):
                    continue
                failure = trouble if isinstance(trouble, RequestFailed) else self._failed(trouble)
                failure.choices = choices
                raise failure from None
        return choices

    def body(self, problem: Problem, parameters: Parameters, n: int, seed: int | None) -> dict[str, Any]:
        """The request for n completions."""
        given = {
            "model": self.model,
            **asking(self._config.api, parameters.messages(problem)),
            "temperature": parameters.temperature,
            "top_p": parameters.top_p,
            self._features.limit: parameters.max_tokens,
            "stop": list(parameters.stop) or None,
            "n": n if n > 1 else None,
            "seed": seed,
            "stream": False,
            **(with_logprobs(self._config.api) if self._config.logprobs else {}),
        }
        ours = {key: value for key, value in given.items() if value is not None}
        return {**self._config.extra, **parameters.extra, **ours}

    async def answered(self, problem: Problem, parameters: Parameters, further: Mapping[str, Any]) -> Any:
        """The JSON that the server replies with to a request for one completion with `further` keys, for
        whoever wants what a choice has no place for; it is untrusted.

        Raises:
            RequestFailed, EngineUnreachable: as `sample`.
        """
        body = {**self.body(problem, parameters, 1, None), **further}

        async def once() -> Any:
            return loads((await self._post(body)).body)

        try:
            reply = await self._retrier(once, self._dead)
            read, written = used(reply)
            self.counters.tokens_in += read or 0
            self.counters.tokens_out += written or 0
            return reply
        except Denied as trouble:
            await self._if_still_welcome(trouble)
            raise self._failed(trouble) from None
        except Trouble as trouble:
            raise self._failed(trouble) from None

    async def _choices(self, body: dict[str, Any], seed: int | None) -> list[Choice]:
        """The choices of one request that is repeated until it is answered or given up.

        Raises:
            RequestFailed: it was given up.
            Rejected: it will not be answered as it is.
        """
        try:
            reply, answer = await self._retrier(partial(self._ask, body), self._dead)
        except Denied as trouble:
            await self._if_still_welcome(trouble)
            raise self._failed(trouble) from None
        except Rejected:
            raise
        except Trouble as trouble:
            raise self._failed(trouble) from None
        return await self.choices(reply, answer.seconds, seed)

    async def choices(self, reply: Reply, seconds: float, seed: int | None) -> list[Choice]:
        """What a reply to a request with this seed says; the counters are told."""
        tokenizer = partial(tokenize, self._transport) if self._features.tokenize else None
        tokens = await counts(reply, self._features.usage, tokenizer)
        self.counters.answered += 1
        self.counters.seconds += seconds
        self.counters.tokens_in += reply.prompt_tokens or 0
        self.counters.tokens_out += sum(tokens)
        return [
            Choice(
                text=redact(said.text),
                finish_reason=said.finish_reason,
                tokens=tokens[at],
                prompt_tokens=0 if at else reply.prompt_tokens or 0,  # paid for once a request
                logprob=said.logprob,
                reasoning=said.reasoning and redact(said.reasoning),
                seed=None if seed is None else seed + at,  # as vLLM and llama.cpp number theirs
                latency=seconds,
                stopped=said.stopped,
            )
            for at, said in enumerate(reply.said)
        ]

    async def _ask(self, body: dict[str, Any]) -> tuple[Reply, Answer]:
        """One request, once."""
        answer = await self._post(body)
        return read(answer.body), answer

    async def _post(self, body: dict[str, Any]) -> Answer:
        answer = await self._transport.post(path_of(self._config.api), body)
        self._silence.heard()
        if answer.status != 200:
            raise of_status(answer.status, answer.headers, answer.body)
        return answer

    async def _if_still_welcome(self, trouble: Denied) -> None:
        """Return if only this request was forbidden, as a moderated prompt may be.

        Raises:
            EngineUnreachable: every request is.
        """
        if trouble.status == 403:
            try:
                body = {**self._config.extra, **tiny(self.model, self._config.api, self._features)}
                await self._retrier(partial(self._ask, body), self._dead)
            except Denied:
                pass
            except (Absent, Trouble):
                return
            else:
                return
        raise EngineUnreachable(denied(self._transport.shown, trouble)) from None

    def _failed(self, trouble: Trouble) -> RequestFailed:
        self.counters.failures += 1
        failure = RequestFailed(f"{self._transport.shown}: {trouble}")
        failure.passing = isinstance(trouble, Passing)
        failure.too_long = isinstance(trouble, TooLong)
        return failure
