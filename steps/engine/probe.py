"""What a server can do, found out once by asking it for next to nothing.

One request for two choices of one token each; where it is refused, again without what servers are known
to refuse; and one more where log-probabilities are wanted. What is not asked: whether a seed repeats its
text, since in another batch no server promises it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from winnow.steps.engine.dialect import Api, asking, path_of, with_logprobs
from winnow.steps.engine.failures import Denied, Passing, Rejected, Trouble
from winnow.steps.engine.protocol import EngineUnreachable
from winnow.steps.engine.reply import Reply, loads
from winnow.steps.engine.tokens import Usage
from winnow.steps.engine.transport import Transport
from winnow.steps.engine.words import plain

Ask = Callable[[dict[str, Any]], Awaitable[Reply]]
_REFUSABLE = (400, 422, 501)
_MOST_NAMES = 20


Limit = Literal["max_tokens", "max_completion_tokens"]


@dataclass(frozen=True, slots=True)
class Features:
    """Whether `n` and `seed` are understood, what the token limit is called, and what is counted."""

    n: bool = True
    seed: bool = True
    limit: Limit = "max_tokens"
    usage: Usage = Usage.ALL
    tokenize: bool = False


_LADDER = [
    Features(n, seed, limit)
    for limit in get_args(Limit)
    for n, seed in ((True, True), (True, False), (False, True), (False, False))
]


def tiny(model: str, api: Api, features: Features) -> dict[str, Any]:
    """The smallest request that tells something."""
    body: dict[str, Any] = {"model": model, **asking(api, [{"role": "user", "content": "Say yes."}])}
    body |= {"n": 2} if features.n else {}
    body |= {"seed": 1} if features.seed else {}
    return body | {features.limit: 1}


async def probe(
    ask: Ask,
    transport: Transport,
    model: str,
    api: Api = "chat",
    logprobs: bool = False,
    most: int = 2,
) -> Features:
    """What the server behind `transport` can do; `ask` sends a body there, and repeats it where that helps.
    Whether it understands `n` is not asked where a request may ask for one completion at `most`.

    Raises:
        EngineUnreachable: it answers nothing of use, or gives no log-probabilities where they are asked for;
            the message says what to set right.
    """
    features = await _features(ask, transport, model, api, most)
    if logprobs:
        await _has_logprobs(ask, transport, tiny(model, api, features) | with_logprobs(api))
    return features


async def _features(ask: Ask, transport: Transport, model: str, api: Api, most: int) -> Features:
    refused: Rejected | None = None
    for features in (rung for rung in _LADDER if most > 1 or not rung.n):
        try:
            reply = await ask(tiny(model, api, features))
        except Denied as trouble:
            raise EngineUnreachable(denied(transport.shown, trouble)) from None
        except Rejected as trouble:
            if refused is None:
                await _blame_model(transport, model, path_of(api), trouble)
            refused = refused or trouble
            if trouble.status not in _REFUSABLE:
                break
        except Passing as trouble:
            raise EngineUnreachable(
                f"{transport.shown} gave no completion, however often it was asked: {trouble}. "
                "Does base_url lead to an OpenAI-compatible server?"
            ) from None
        else:
            return await _counting(transport, features, reply)
    raise EngineUnreachable(f"{transport.shown}, asked for one token: {refused}")


async def _has_logprobs(ask: Ask, transport: Transport, body: dict[str, Any]) -> None:
    try:
        reply = await ask(body)
    except Trouble as trouble:
        why = f"it refuses to give them: {trouble}"
    else:
        if all(one.logprob is not None for one in reply.said):
            return
        why = "it was asked for them, and gave none"
    raise EngineUnreachable(
        f"{transport.shown} has no log-probabilities ({why}): leave out the engine's `logprobs`, and "
        "`rank_by: logprob`, or ask a server that has them"
    ) from None


def denied(shown: str, trouble: Denied) -> str:
    """What to tell whoever may not ask."""
    if trouble.status in (402, 429):
        return f"{shown} says that nothing is left to pay with (HTTP {trouble.status}): {trouble.said}"
    return (
        f"{shown} refused our key (HTTP {trouble.status}: {trouble.said}): "
        "set the engine's `api_key: ${env:NAME}` and export NAME"
    )


async def _blame_model(transport: Transport, model: str, path: str, trouble: Rejected) -> None:
    """Raise EngineUnreachable if the refusal is due to the model's name or to the URL."""
    names = await _models(transport, "models")
    if names and model not in names:
        served = ", ".join(names[:_MOST_NAMES]) + (", ..." if len(names) > _MOST_NAMES else "")
        raise EngineUnreachable(f"{transport.shown} has no model {model!r}; it serves: {served}") from None
    if trouble.status not in (404, 405):
        return
    if not names and not transport.path.endswith("/v1") and await _models(transport, "v1/models"):
        hint = f"its API is at {transport.shown}/v1: set base_url to that"
    else:
        hint = "does base_url lead to an OpenAI-compatible server, and is the model's name right?"
    raise EngineUnreachable(
        f"{transport.shown} has no /{path} for the model {model!r} "
        f"(HTTP {trouble.status}: {trouble.said}): {hint}"
    ) from None


async def _models(transport: Transport, path: str) -> list[str]:
    """The names of the models that a server lists; none where it has no such list."""
    try:
        answer = await transport.get(path)
        value = loads(answer.body) if answer.status == 200 else None
    except Trouble:
        return []
    rows = value.get("data") if isinstance(value, dict) else None
    rows = rows if isinstance(rows, list) else []
    return [plain(str(row["id"]), 100) for row in rows if isinstance(row, dict) and "id" in row]


async def _counting(transport: Transport, features: Features, reply: Reply) -> Features:
    """`features`, with what the reply shows of choices and their tokens."""
    many = len(reply.said) > 1
    told = reply.completion_tokens
    usage = Usage.ALL if told and (told > 1 or not many) else Usage.ONE if told else Usage.NONE
    found = replace(features, n=features.n and many, usage=usage)
    if usage is Usage.ALL:
        return found
    return replace(found, tokenize=await tokenize(transport, "Hello there") is not None)


async def tokenize(transport: Transport, text: str) -> int | None:
    """How many tokens the server's own tokenizer makes of `text`, if it has one that can be asked."""
    if not text:
        return 0
    try:
        answer = await transport.post("tokenize", {"content": text}, root=True)
        value = loads(answer.body) if answer.status == 200 else None
    except Trouble:
        return None
    tokens = value.get("tokens") if isinstance(value, dict) else None
    return len(tokens) if isinstance(tokens, list) and tokens else None
