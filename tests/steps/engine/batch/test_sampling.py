"""Requests that gather, go out together, and are answered together."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from support.answers import answer
from support.batch_server import BatchScript, BatchServer

from winnow.steps.engine import BatchConfig, EndpointConfig
from winnow.steps.engine.deferred import Deferred
from winnow.steps.engine.protocol import Parameters, RequestFailed
from winnow.steps.records import Problem, messages_of

from .conftest import PARAMETERS, PROBLEMS, Connect, ask, texts


async def test_all_that_wait_share_a_batch(connect: Connect, tmp_path: Path) -> None:
    """They are asked as an endpoint would be, and what was uploaded and fetched is deleted."""
    with BatchServer() as server:
        engine = await connect(server)
        assert isinstance(engine, Deferred)
        said = texts(await ask(engine))
        assert len(server.batches) == 1
        assert server.files == {}
        for problem, found in zip(PROBLEMS, said, strict=True):
            seed = PARAMETERS.seed_of(problem, 0)
            assert found == [answer(list(problem.prompt), seed + at, 0.5) for at in range(4)]
        names = [name for name, _ in server.asked]
        assert sorted(names) == sorted(f"{problem.id}-0-4" for problem in PROBLEMS)
        assert server.asked[0][1] == {
            "model": "m",
            "messages": [{"role": "user", "content": "What is 0 + 0?"}],
            "temperature": 1.0,
            "top_p": 1.0,
            "max_tokens": 64,
            "n": 4,
            "seed": PARAMETERS.seed_of(PROBLEMS[0], 0),
            "stream": False,
        }
        batch = server.batches["batch_0"]
        assert batch["completion_window"] == "24h"
        assert "completed, 12 of 12" in (tmp_path / "logs/batch.log").read_text()


async def test_tokens_and_seeds(connect: Connect) -> None:
    with BatchServer() as server:
        engine = await connect(server)
        choices = await engine.sample(PROBLEMS[3], PARAMETERS, 8, 4)
        assert [choice.prompt_tokens for choice in choices] == [11, 0, 0, 0]
        assert [choice.tokens for choice in choices] == [len(choice.text.split()) for choice in choices]
        first = PARAMETERS.seed_of(PROBLEMS[3], 8)
        assert [choice.seed for choice in choices] == [first + at for at in range(4)]
        assert (engine.counters.tokens_in, engine.counters.tokens_out) == (
            11,
            sum(choice.tokens for choice in choices),
        )


@pytest.mark.parametrize("full", [{"max_requests": 5}, {"max_bytes": 1300}], ids=["count", "bytes"])
async def test_a_full_file_is_sent_at_once(connect: Connect, full: dict[str, int]) -> None:
    with BatchServer() as server:
        engine = await connect(server, gather=60.0, **full)
        asked = [asyncio.create_task(engine.sample(one, PARAMETERS, 0, 1)) for one in PROBLEMS[:11]]
        assert [len(found) for found in await asyncio.gather(*asked[:10])] == [1] * 10
        assert [one["total"] for one in server.batches.values()] == [5, 5]
        assert not asked[10].done()
        asked[10].cancel()


async def test_a_request_that_no_file_holds(connect: Connect) -> None:
    with BatchServer() as server:
        engine = await connect(server, max_bytes=1000)
        long = Problem("long", messages_of("x" * 2000))
        with pytest.raises(RequestFailed, match="max_bytes"):
            await engine.sample(long, PARAMETERS, 0, 1)


@pytest.mark.parametrize("n", ["fewer", "ignore", "more"])
async def test_another_number_of_choices_than_was_asked_for(connect: Connect, n: str) -> None:
    """What is missing is asked for by its own index; what is too much was never asked for."""
    with BatchServer(BatchScript(n=n)) as server:
        said = texts(await ask(await connect(server)))
        assert [len(found) for found in said] == [4] * 12
        assert max(server.paid.values()) == 1


async def test_what_the_provider_does_not_take(connect: Connect) -> None:
    with BatchServer(BatchScript(seeds="refuse", limit_name="max_completion_tokens")) as server:
        engine = await connect(server, seed=False, limit="max_completion_tokens", max_n=1)
        assert [len(found) for found in texts(await ask(engine, n=3))] == [3] * 12
        assert all("n" not in body and "seed" not in body for _, body in server.asked)
        assert len(server.batches) == 3


async def test_other_parameters_go_in_another_file(connect: Connect) -> None:
    with BatchServer() as server:
        engine = await connect(server)
        other = Parameters(max_tokens=32)
        await asyncio.gather(*(engine.sample(PROBLEMS[0], one, 0, 1) for one in (PARAMETERS, other)))
        assert sorted(body["max_tokens"] for _, body in server.asked) == [32, 64]
        assert len(server.batches) == 2


async def test_the_same_twice_is_asked_once(connect: Connect) -> None:
    with BatchServer() as server:
        engine = await connect(server)
        one, other = await asyncio.gather(*(engine.sample(PROBLEMS[0], PARAMETERS, 0, 2) for _ in range(2)))
        assert [choice.text for choice in one] == [choice.text for choice in other]
        assert len(server.asked) == 1


async def test_texts_that_no_file_should_hold(connect: Connect) -> None:
    with BatchServer(BatchScript(text="surrogates")) as server:
        assert texts(await ask(await connect(server)))[0] == ["half � of it"] * 4


def test_it_is_the_model_that_counts() -> None:
    """A run may go on with the same model elsewhere."""
    keys = {"base_url": "http://127.0.0.1:1/v1", "model": "m"}
    batch = BatchConfig(type="batch", **keys).engine()
    endpoint = EndpointConfig(type="endpoint", **keys).engine()
    assert batch.identity == endpoint.identity


async def test_models_that_know_no_chat(connect: Connect) -> None:
    """A batch is of one path, which each of its lines names, too."""
    with BatchServer(BatchScript(logprobs="asked")) as server:
        engine = await connect(server, api="completions", logprobs=True)
        (choices,) = [await engine.sample(PROBLEMS[1], PARAMETERS, 0, 2)]
        assert len(choices) == 2
        assert all(choice.text and choice.logprob == -1.5 for choice in choices)
        assert [body["prompt"] for _, body in server.asked] == ["What is 1 + 1?"]
