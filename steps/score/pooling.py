"""Reward models behind a server that pools: vLLM's `/classify`, `/pooling` and `/score`, or one like it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from winnow.steps.engine.counters import Counters
from winnow.steps.engine.dialect import plain_text
from winnow.steps.engine.failures import Passing, Trouble, of_status
from winnow.steps.engine.protocol import EngineUnreachable
from winnow.steps.engine.reply import loads
from winnow.steps.engine.retry import Backoff, Retrier, Silence
from winnow.steps.engine.transport import Transport
from winnow.steps.engine.words import complaint
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.records import Candidate, Problem
from winnow.steps.score.families import BadSteps, Family, Vocabulary
from winnow.steps.score.models import PoolingConfig
from winnow.steps.scoring import Reward, is_number
from winnow.steps.select.reasoning import reasoning_steps
from winnow.verifiers.verdict import cut

T = TypeVar("T")
_AT_START = Backoff(first=0.2, most=5.0)


class _Pooling:
    """A server that is asked for one completion a request, as many at once as `concurrency` says."""

    def __init__(self, config: PoolingConfig) -> None:
        self._config = config
        self._transport = Transport.of(config.base_url, config.api_key, config.headers, config.timeout)
        self._silence = Silence(config.patience)
        self._retrier = Retrier(config.retries, self._silence, Counters(), Backoff())
        self._seats = asyncio.Semaphore(config.concurrency)

    async def start(self) -> None:
        """See that somebody is there.

        Raises:
            EngineUnreachable: nobody is, or the server has another model.
        """
        await self._transport.open()
        retrier = Retrier(self._config.retries, Silence(0.0), Counters(), _AT_START)
        try:
            answer = await retrier(partial(self._transport.get, "models"), lambda: None)
            told = loads(answer.body) if answer.status == 200 else None
        except Trouble:
            return  # it answers, and need not list its models
        listed = told.get("data") if isinstance(told, dict) else None
        names = [one.get("id") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        if names and self._config.model not in names:
            raise EngineUnreachable(
                f"{self._transport.shown} has no model {self._config.model!r}; it serves: "
                + ", ".join(map(str, names[:5]))
            )

    async def close(self) -> None:
        await self._transport.close()

    async def _asked(self, body: dict[str, Any], read: Callable[[Any], T]) -> T:
        """What `read` makes of the JSON of one reply; it may raise what a reply that is none makes it raise.

        Raises:
            Trouble, EngineUnreachable: the request was given up.
        """

        async def once() -> T:
            asked = {"model": self._config.model, **self._config.extra, **body}
            answer = await self._transport.post(self._config.task, asked, root=True)
            self._silence.heard()
            if answer.status != 200:
                raise of_status(answer.status, answer.headers, answer.body)
            try:
                return read(loads(answer.body))
            except (ValueError, KeyError, IndexError, TypeError, AttributeError):
                raise Passing(f"the reply is no reward: {complaint(answer.body)}") from None

        async with self._seats:
            return await self._retrier(once, lambda: None)


class PoolingOrm(_Pooling):
    """The scorer behind `orm` at a server, which puts the conversation into the model's own template."""

    def __init__(self, config: PoolingConfig, raw: bool) -> None:
        super().__init__(config)
        self._raw = raw

    async def score(self, problem: Problem, candidates: Sequence[Candidate]) -> Sequence[Reward]:
        # Stripped, as templates strip it in process: white space at the ends would change a reward.
        return await asyncio.gather(*(self._one(problem, one.text.strip()) for one in candidates))

    async def _one(self, problem: Problem, text: str) -> Reward:
        if self._config.task == "score":
            body: dict[str, Any] = {"text_1": plain_text(problem.prompt), "text_2": text}
        else:
            body = {"messages": [*problem.prompt, {"role": "assistant", "content": text}]}
            body["add_generation_prompt"] = False
        try:
            numbers = await self._asked({**body, "use_activation": False}, _numbers)
        except (Trouble, EngineUnreachable) as failure:
            return Reward.error(cut(f"{self._transport.shown}: {failure}"))
        if len(numbers) == 1:
            return Reward(numbers[0] if self._raw else _sigmoid(numbers[0]))
        if len(numbers) == 2:
            return Reward(_sigmoid(numbers[1] - numbers[0]))
        return Reward(reason=f"the model has {len(numbers)} labels, expected one or two")


class PoolingPrm(_Pooling):
    """The scorer behind `prm` at a server that pools the tokens with the tag (`tok_pooling_type: STEP`).

    It is sent token ids. So the end of a step is that token and nothing else, whatever a completion says.
    """

    def __init__(self, config: PoolingConfig, family: Family) -> None:
        super().__init__(config)
        self._family = family
        self._vocabulary: Vocabulary | None = None

    async def start(self) -> None:
        """Read the tokenizer, and see that somebody is there.

        Raises:
            MissingError: the tokenizer is not there; or as above.
            UsageError: it is of another family.
        """
        named = self._config.tokenizer or self._config.model
        self._vocabulary = Vocabulary(await asyncio.to_thread(_tokenizer, named))
        try:
            self._family.encode(self._vocabulary, "task", ["step"])
        except BadSteps as wrong:
            raise UsageError(f"the reward model {named!r} is of another family: {wrong}") from None
        await super().start()

    async def score(self, problem: Problem, candidates: Sequence[Candidate]) -> Sequence[Reward]:
        task = plain_text(problem.prompt)
        return await asyncio.gather(*(self._one(task, reasoning_steps(one.text)) for one in candidates))

    async def _one(self, task: str, steps: Sequence[str]) -> Reward:
        if not steps:
            return Reward(steps=())
        if self._vocabulary is None:
            raise RuntimeError("the scorer is not started")
        try:
            ids = self._family.encode(self._vocabulary, task, steps).ids
            body = {"input": ids, "task": "token_classify"}
            rows = await self._asked(body, _rows)
        except BadSteps as wrong:
            return Reward(reason=str(wrong))  # as it would be next time
        except (Trouble, EngineUnreachable) as failure:
            return Reward.error(cut(f"{self._transport.shown}: {failure}"))
        if len(rows) != len(steps):
            return Reward.error(
                f"{len(steps)} reasoning steps have {len(rows)} scores: does the server pool by the token "
                f"{self._family.tag!r} (pooler_config: tok_pooling_type STEP, step_tag_id)?"
            )
        return Reward(steps=tuple(row[1] for row in rows))


def _numbers(reply: Any) -> list[float]:
    """The labels of a reply: `probs` of `/classify`, `data` of `/pooling`, `score` of `/score`."""
    (told,) = reply["data"]  # of one request one
    found = next((told[name] for name in ("probs", "data", "score") if name in told), None)
    numbers = found if isinstance(found, list) else [found]
    return [_number(one) for one in numbers]


def _rows(reply: Any) -> list[list[float]]:
    """The two probabilities of each step."""
    (told,) = reply["data"]
    rows = [[_number(one) for one in row] for row in told["data"]]
    if any(len(row) != 2 or not all(0 <= one <= 1 for one in row) for row in rows):
        raise ValueError("expected two probabilities a step")
    return rows


def _number(value: Any) -> float:
    if not is_number(value):
        raise ValueError(f"{value!r} is no number")
    return float(value)


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit)) if logit >= 0 else math.exp(logit) / (1 + math.exp(logit))


def _tokenizer(named: str) -> str:
    """The content of a model's `tokenizer.json`.

    Raises:
        MissingError: it is not there.
    """
    file = Path(named).expanduser() / "tokenizer.json"
    try:
        if not file.is_file():
            from huggingface_hub import hf_hub_download

            file = Path(hf_hub_download(named, "tokenizer.json"))
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as broken:
        raise MissingError(
            f"the tokenizer {named!r} cannot be read: {str(broken).splitlines()[0]}: set the engine's "
            "`tokenizer`"
        ) from None
