"""The reward that two models imply: from the log-probabilities of a prompt, as vLLM tells them.

tests/heavy/test_reward_models.py computes it with real models.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import TypeAdapter
from support.rewards import scored
from tokenizers import Tokenizer, models, pre_tokenizers

from winnow.steps.errors import UsageError
from winnow.steps.records import BEGUN, Candidate, Choice, Problem
from winnow.steps.score.config import AnyScorer
from winnow.steps.scoring import Reward

SPECIAL = ["<|im_start|>", "<|im_end|>"]
PROBLEM = Problem("p", ({"role": "user", "content": "2 + 2?"},))


def tokenizer(folder: Path, *more: str) -> Tokenizer:
    """Of bytes, but for line breaks that are one token, and two lines that run together."""
    pieces = {piece: at for at, piece in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    pieces |= {"\u010a\u010a": 256, "y\u010a": 257, "y\u010az": 258}
    merges = [("\u010a", "\u010a"), ("y", "\u010a"), ("y\u010a", "z")]
    made = Tokenizer(models.BPE(pieces, merges))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.add_special_tokens([*SPECIAL, *more])
    folder.mkdir()
    made.save(str(folder / "tokenizer.json"))
    return made


def logprob(model: str, place: int, token: int) -> float:
    """What these models think of a token at a place."""
    return -((7 * place + 3 * token) % 11 + (token % 5 if model == "tuned" else 2)) / 8


class Serves:
    """Two models behind one URL, in ChatML."""

    def __init__(self, made: Tokenizer) -> None:
        self.made, self.url, self.asked = made, "", list[dict[str, Any]]()

    def ids(self, text: str) -> list[int]:
        return list(self.made.encode(text).ids)

    async def tokenize(self, request: web.Request) -> web.Response:
        asked = await request.json()
        told = "".join(
            f"<|im_start|>{one['role']}\n{one['content']}<|im_end|>\n" for one in asked["messages"]
        )
        end = "<|im_start|>assistant\n" if asked["add_generation_prompt"] else ""
        return web.json_response({"tokens": self.ids(told + end)})

    async def complete(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.asked.append(asked)
        if len(asked["prompt"]) > 500:
            message = {"message": "This model's maximum context length is 500 tokens."}
            return web.json_response({"error": message}, status=400)
        told: list[Any] = [None]
        for place, token in list(enumerate(asked["prompt"]))[1:]:
            value = logprob(asked["model"], place, token)
            told.append({str(token): {"logprob": value, "rank": 1, "decoded_token": "?"}})
        return web.json_response({"choices": [{"text": "", "prompt_logprobs": told}]})


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Serves]:
    serves = Serves(tokenizer(tmp_path / "tokenizer"))
    app = web.Application()
    app.router.add_post("/tokenize", serves.tokenize)
    app.router.add_post("/v1/completions", serves.complete)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    serves.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    yield serves
    await runner.cleanup()


async def rewards(
    server: Serves, folder: Path, *texts: str, reference: str = "tokenizer", reason: str = "stop"
) -> list[Reward]:
    told = {"type": "endpoint", "base_url": server.url, "retries": 0, "patience": 0.0}
    engine, other = (
        {**told, "model": model, "tokenizer": str(folder / name)}
        for model, name in (("tuned", "tokenizer"), ("base", reference))
    )
    config = {"type": "implicit", "engine": engine, "reference": other, "beta": 0.5}
    candidates = [Candidate(text, 0, Choice(text, reason)) for text in texts]
    return await scored(TypeAdapter(AnyScorer).validate_python(config), PROBLEM, candidates)


def wanted(server: Serves, steps: list[str]) -> list[float]:
    """Each step with what stands behind it, and the end of the answer with the last one."""
    place = len(server.ids("<|im_start|>user\n2 + 2?<|im_end|>\n<|im_start|>assistant\n"))
    found = []
    for step in steps:
        tokens = server.ids(step)
        each = [(place + at, token) for at, token in enumerate(tokens)]
        found.append(0.5 * math.fsum(logprob("tuned", *one) - logprob("base", *one) for one in each))
        place += len(tokens)
    return found


async def test_each_step_has_its_tokens_part(server: Serves, tmp_path: Path) -> None:
    texts = [
        " One.\n\nTwo.\n",
        "\u00e9\nb\n  c",
        "It ends: <|im_end|>\n\nNo.",
        "  ",
        "long " * 200,
        "x\ny\nz",
    ]
    found = await rewards(server, tmp_path, *texts)
    assert found[0].steps == pytest.approx(wanted(server, ["One.\n\n", "Two.<|im_end|>"]))
    assert found[1].steps == pytest.approx(wanted(server, ["\u00e9\n", "b\n  ", "c<|im_end|>"]))
    assert len(found[2].steps or ()) == 2
    ends = server.made.token_to_id("<|im_end|>")
    assert all(one["prompt"].count(ends) == 2 for one in server.asked)  # what an answer says is text
    assert found[3].steps == () and "too long" in found[4].reason and not found[4].failed
    assert found[5].steps is None and "step 1 ends in no token" in found[5].reason  # "y" and "z" are one
    assert len(server.asked) == 2 * 5  # what says nothing costs nothing
    (begun,) = await rewards(server, tmp_path, texts[0], reason=BEGUN)  # a search's, that may go on
    assert begun.steps == pytest.approx(wanted(server, ["One.\n\n", "Two."]))


async def test_models_of_two_vocabularies_are_refused(server: Serves, tmp_path: Path) -> None:
    tokenizer(tmp_path / "other", "<|more|>")
    with pytest.raises(UsageError, match="two models of one vocabulary"):
        await rewards(server, tmp_path, "4", reference="other")
