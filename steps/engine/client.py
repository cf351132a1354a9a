"""The engine that asks an OpenAI-compatible server, and gets from it what the sampler wants.

A server that does not know `n`, returns too few choices, counts oddly or fails now and then is asked in
another way, or again, until the sampler has what it asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from winnow.steps.engine.counters import Counters
from winnow.steps.engine.failures import Absent, Denied, Passing, Trouble, of_status
from winnow.steps.engine.probe import Features, denied, probe, tiny, tokenize
from winnow.steps.engine.protocol import EngineUnreachable, Parameters, RequestFailed
from winnow.steps.engine.reply import Reply, read
from winnow.steps.engine.retry import Backoff, Retrier, Silence
from winnow.steps.engine.tokens import counts
from winnow.steps.engine.transport import Answer, Transport
from winnow.steps.records import Choice, Problem, canonical
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

    @property
    def identity(self) -> str:
        """The model, and what `extra` makes of it; where it runs does not matter."""
        extra = {"extra": self._config.extra} if self._config.extra else {}
        return canonical({"model": self.model, **extra})

    async def start(self) -> None:
        await self._transport.open()
        retrier = Retrier(self._config.retries, Silence(0.0), self.counters, _AT_START)

        async def ask(body: dict[str, Any]) -> Reply:
            reply, _ = await retrier(partial(self._ask, {**self._config.extra, **body}), self._dead)
            return reply

        try:
            self._features = await probe(ask, self._transport, self.model)
        except BaseException:
            await self._transport.close()
            raise
        self.most = self._config.max_n if self._features.n else 1

    async def close(self) -> None:
        await self._transport.close()

    async def sample(self, problem: Problem, parameters: Parameters, start: int, n: int) -> Sequence[Choice]:
        """What a server leaves out is asked for again, by its own index."""
        choices: list[Choice] = []
        while len(choices) < n:
            first, missing = start + len(choices), min(n - len(choices), self.most)
            seed = parameters.seed_of(problem, first) if self._features.seed else None
            body = self.body(problem, parameters, missing, seed)
            try:
                choices += (await self._choices(body, seed))[:missing]
            except RequestFailed as failure:
                failure.choices = choices
                raise
        return choices

    def body(self, problem: Problem, parameters: Parameters, n: int, seed: int | None) -> dict[str, Any]:
        """The request for n completions."""
        given = {
            "model": self.model,
            "messages": parameters.messages(problem),
            "temperature": parameters.temperature,
            "top_p": parameters.top_p,
            self._features.limit: parameters.max_tokens,
            "stop": list(parameters.stop) or None,
            "n": n if n > 1 else None,
            "seed": seed,
            "stream": False,
        }
        ours = {key: value for key, value in given.items() if value is not None}
        return {**self._config.extra, **parameters.extra, **ours}

    async def _choices(self, body: dict[str, Any], seed: int | None) -> list[Choice]:
        """The choices of one request that is repeated until it is answered or given up."""
        try:
            reply, answer = await self._retrier(partial(self._ask, body), self._dead)
        except Denied as trouble:
            await self._if_still_welcome(trouble)
            raise self._failed(trouble) from None
        except Trouble as trouble:
            raise self._failed(trouble) from None
        return await self.choices(reply, answer.seconds, seed)

    async def choices(self, reply: Reply, seconds: float, seed: int | None) -> list[Choice]:
        """What a reply to a request with this seed says; the counters are told."""
        tokenizer = partial(tokenize, self._transport) if self._features.tokenize else None
        tokens = await counts(reply, self._features.usage, tokenizer)
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
            )
            for at, said in enumerate(reply.said)
        ]

    async def _ask(self, body: dict[str, Any]) -> tuple[Reply, Answer]:
        """One request, once."""
        answer = await self._transport.post("chat/completions", body)
        self._silence.heard()
        if answer.status != 200:
            raise of_status(answer.status, answer.headers, answer.body)
        return read(answer.body), answer

    async def _if_still_welcome(self, trouble: Denied) -> None:
        """Return if only this request was forbidden, as a moderated prompt may be.

        Raises:
            EngineUnreachable: every request is.
        """
        if trouble.status == 403:
            try:
                await self._retrier(
                    partial(self._ask, {**self._config.extra, **tiny(self.model, self._features)}), self._dead
                )
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
        return failure
