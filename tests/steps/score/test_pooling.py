"""Reward models behind a server: what it is sent, what it replies, and how many scores steps must have."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import TypeAdapter, ValidationError
from support.rewards import answers, scored
from tokenizers import Tokenizer, models, pre_tokenizers

from winnow.steps.errors import MissingError, UsageError
from winnow.steps.records import Problem
from winnow.steps.score.base import ScorerConfig
from winnow.steps.score.config import AnyScorer
from winnow.steps.score.families import FAMILIES
from winnow.steps.score.vocabulary import BadSteps, Vocabulary
from winnow.steps.scoring import Reward

PROBLEM = Problem("p", ({"role": "user", "content": "What is 2 + 2?"},))
SPECIAL = ["<|im_start|>", "<|im_end|>", "<extra_0>", "<s>"]
Replies = Callable[[str, dict[str, Any]], Any]


def tokenizer() -> Tokenizer:
    """Of bytes, with the special tokens that Qwen's and Math-Shepherd's have."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE({piece: at for at, piece in enumerate(alphabet)}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.add_special_tokens(SPECIAL)
    return made


class Pools:
    """A server that replies as it is told to, and remembers what it was asked; an int is a status."""

    def __init__(self) -> None:
        self.reply: Replies = lambda path, body: 404
        self.asked: list[dict[str, Any]] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        if request.path == "/v1/models":
            return web.json_response({"data": [{"id": "rm"}]})
        body = await request.json()
        self.asked.append(body)
        found = self.reply(request.path, body)
        return web.Response(status=found) if isinstance(found, int) else web.json_response(found)


@pytest.fixture
async def server() -> AsyncIterator[Pools]:
    pools = Pools()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", pools.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    pools.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    yield pools
    await runner.cleanup()


def config_of(url: str, engine: dict[str, Any] | None = None, **told: Any) -> ScorerConfig:
    asked = {
        "type": "endpoint",
        "base_url": url,
        "model": "rm",
        "retries": 1,
        "patience": 0.0,
        **(engine or {}),
    }
    found: ScorerConfig = TypeAdapter(AnyScorer).validate_python({**told, "engine": asked})
    return found


async def rewards(config: ScorerConfig, *texts: str) -> list[Reward]:
    return await scored(config, PROBLEM, answers(*texts))


@pytest.mark.parametrize(
    ("task", "numbers", "wanted"),
    [
        ("classify", {"probs": [0.0], "num_classes": 1}, 0.5),
        ("classify", {"probs": [-1.0, 1.0], "num_classes": 2}, 0.8807970779778823),
        ("pooling", {"data": [-800.0]}, 0.0),
        ("score", {"score": 2.0}, 0.8807970779778823),
    ],
)
async def test_an_outcome_is_a_probability(server: Pools, task: str, numbers: Any, wanted: float) -> None:
    server.reply = lambda path, body: {"data": [numbers]} if path == f"/{task}" else 404
    (found,) = await rewards(config_of(server.url, {"task": task}, type="orm"), " It is 4.\n")
    assert found.value == pytest.approx(wanted)
    assert (await rewards(config_of(server.url, {"task": task}, type="orm"), "<think>5?</think>It is 4."))[
        0
    ].value == found.value
    assert len({str(one) for one in server.asked}) == 1  # thoughts are no part of an answer
    asked = server.asked[0]
    assert asked["model"] == "rm" and asked["use_activation"] is False
    if task == "score":
        assert (asked["text_1"], asked["text_2"]) == ("What is 2 + 2?", "It is 4.")
    else:
        assert asked["messages"][-1] == {"role": "assistant", "content": "It is 4."}


async def test_what_goes_wrong_is_told_and_asked_again(server: Pools) -> None:
    beyond = {"data": [{"probs": [10**400]}]}  # an integer that is no float
    replies: list[Any] = [503, {"data": [{"probs": [1.5]}]}, beyond, {"data": [{"probs": ["x"]}]}]
    server.reply = lambda path, body: replies.pop(0)
    config = config_of(server.url, {"task": "classify"}, type="orm", raw=True)
    assert [one.value for one in await rewards(config, "a")] == [1.5]
    (bad,) = await rewards(config, "b")
    assert bad.failed and "no reward" in bad.reason
    replies = [{"data": [{"probs": [1.0]}, {"probs": [2.0]}]}] * 2  # whose are they?
    assert (await rewards(config, "b"))[0].failed
    replies = [400]
    (refused,) = await rewards(config, "c")
    assert refused.failed and "HTTP 400" in refused.reason
    replies = [{"data": [{"probs": [1.0, 2.0, 3.0]}]}]
    (many,) = await rewards(config, "d")
    assert not many.failed and many.value is None and "3 labels" in many.reason


def prm(server: Pools, folder: Path, **engine: Any) -> ScorerConfig:
    tokenizer().save(str(folder / "tokenizer.json"))
    return config_of(server.url, {"tokenizer": str(folder), **engine}, type="prm", family="qwen")


def by_tags(body: dict[str, Any], tag: int) -> list[list[float]]:
    """As vLLM pools with STEP: a row for each token with this id, by its place."""
    return [[1 - at / 1000, at / 1000] for at, number in enumerate(body["input"]) if number == tag]


async def test_steps_end_in_tokens_and_not_in_text(server: Pools, tmp_path: Path) -> None:
    config, tag = prm(server, tmp_path), tokenizer().token_to_id("<extra_0>")
    server.reply = lambda path, body: {"data": [{"data": by_tags(body, tag)}]} if path == "/pooling" else 404
    texts = ["One.\n\nTwo.\n\nThree.", "All is <extra_0> good <|im_end|>.", "  "]
    found = await rewards(config, *texts)
    assert [len(one.steps or ()) for one in found] == [3, 1, 0]
    first = next(body["input"] for body in server.asked if body["input"].count(tag) == 3)
    steps = found[0].steps or ()
    assert [first[round(place * 1000)] for place in steps] == [tag] * 3
    ends = [first[round(place * 1000) - 1] for place in steps]
    assert tokenizer().decode(ends, skip_special_tokens=False).replace(" ", "") == "..."
    assert len(server.asked) == 2  # what says nothing costs nothing
    assert {body["task"] for body in server.asked} == {"token_classify"}


async def test_a_server_that_pools_by_another_token_is_found_out(server: Pools, tmp_path: Path) -> None:
    """vLLM gives no rows where the tag is not there, and says nothing."""
    server.reply = lambda path, body: {"data": [{"data": []}]}
    (found,) = await rewards(prm(server, tmp_path), "One.\n\nTwo.")
    assert (
        found.failed and "2 reasoning steps have 0 scores" in found.reason and "step_tag_id" in found.reason
    )


async def test_what_is_no_such_model_is_told_at_the_start(server: Pools, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="has no model 'other'; it serves: rm"):
        await rewards(config_of(server.url, {"model": "other", "task": "classify"}, type="orm"), "a")
    plain = tokenizer()
    told = plain.to_str().replace("<extra_0>", "<extra_9>")
    (tmp_path / "tokenizer.json").write_text(told)
    other = config_of(server.url, {"tokenizer": str(tmp_path)}, type="prm", family="qwen")
    with pytest.raises(UsageError, match="no token '<extra_0>'"):
        await rewards(other, "a")


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"type": "prm", "family": "step_tag"}, "needs it"),
        ({"type": "prm", "family": "qwen", "tag": "x"}, "belongs to `family: step_tag`"),
        ({"type": "prm", "family": "step_tag", "tag": "x", "good": "+"}, "belong together"),
        ({"type": "prm", "family": "math_shepherd"}, "use an engine of type transformers"),
        ({"type": "prm", "family": "qwen", "engine": {"task": "classify"}}, "use `task: pooling`"),
    ],
)
def test_what_does_not_go_together(told: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        config_of("http://127.0.0.1:1/v1", told.pop("engine", None), **told)


def test_a_word_as_a_tag_is_counted() -> None:
    vocabulary, family = Vocabulary(tokenizer().to_str()), FAMILIES["math_shepherd"]
    found = family.encode(vocabulary, "2 + 2?", ["One.", "Two."])
    tag = vocabulary.text(" ки")[-1]
    assert [found.ids[place] for place in found.places] == [tag, tag]
    assert found.ids[0] == vocabulary.token("<s>")
    with pytest.raises(BadSteps, match="expected 2 tags 'ки', one a step, found 3"):
        family.encode(vocabulary, "2 + 2?", ["One ки.", "Two."])


def test_who_scores_and_not_where() -> None:
    one = config_of("http://one/v1", type="orm")
    assert (
        one.fingerprint
        == config_of("http://two/v1", {"concurrency": 3, "task": "classify"}, type="orm").fingerprint
    )
    assert one.fingerprint != config_of("http://one/v1", type="orm", raw=True).fingerprint
    prms = [config_of("http://one/v1", type="prm", family="qwen", aggregate=name) for name in ("min", "prod")]
    assert prms[0].fingerprint == prms[1].fingerprint != one.fingerprint
    assert [one.scoring.members[0].aggregate for one in prms] == ["min", "prod"]


def test_who_scores_what_it_reads_and_not_where() -> None:
    """What was too long has no reward, for ever: with a longer `context` it is another scorer's."""

    def orm(**engine: Any) -> str:
        return config_of("http://127.0.0.1:1/v1", {"task": "classify", **engine}, type="orm").fingerprint

    def local(**engine: Any) -> str:
        told = {"type": "orm", "engine": {"type": "transformers", "model": "rm", **engine}}
        found: ScorerConfig = TypeAdapter(AnyScorer).validate_python(told)
        return found.fingerprint

    same = {orm(), orm(base_url="http://other/v1"), orm(task="pooling"), orm(concurrency=2)}
    others = {orm(task="score"), orm(extra={"truncate_prompt_tokens": 9}), orm(model="other")}
    assert len(same) == 1 and len(same | others) == 4
    assert local() == local(batch=2, device="cuda") != local(context=8192)
