"""What an endpoint's answers become: split, fanned out, completed, cleaned, counted."""

from __future__ import annotations

import asyncio
import time

import pytest
from support.openai_server import OpenAIServer, Script, answer
from support.ports import held

from winnow.steps.engine.protocol import EngineUnreachable, Parameters, RequestFailed
from winnow.steps.records import Problem, messages_of

PARAMETERS = Parameters(temperature=0.7, max_tokens=50, stop=("END",), seed=9)


def expected(problem: Problem, first: int, n: int) -> list[str]:
    seed = PARAMETERS.seed_of(problem, first)
    return [answer([dict(message) for message in problem.prompt], seed + at, 0.5) for at in range(n)]


async def test_one_request_for_all(connect, problem):
    with OpenAIServer() as server:
        client = await connect(server)
        choices = await client.sample(problem, PARAMETERS, 4, 3)
        assert [choice.text for choice in choices] == expected(problem, 4, 3)
        sent = server.seen[-1]
        assert sent["n"] == 3 and sent["stop"] == ["END"] and sent["max_tokens"] == 50
        assert sent["seed"] == PARAMETERS.seed_of(problem, 4) and sent["temperature"] == 0.7
        assert [choice.seed for choice in choices] == [sent["seed"] + at for at in range(3)]
        assert [choice.prompt_tokens for choice in choices] == [11, 0, 0]
        assert all(choice.latency > 0 and choice.finish_reason == "stop" for choice in choices)
        assert client.counters.tokens_in == 11
        assert client.counters.tokens_out == sum(choice.tokens for choice in choices)
        assert client.counters.tokens_out == sum(len(choice.text.split()) for choice in choices)


async def test_more_than_one_request_may_ask_for_is_split(connect, problem):
    with OpenAIServer() as server:
        client = await connect(server, max_n=4)
        choices = await client.sample(problem, PARAMETERS, 0, 10)
        assert sorted(row["n"] or 1 for row in server.sampled) == [2, 4, 4]
        parts = expected(problem, 0, 4) + expected(problem, 4, 4) + expected(problem, 8, 2)
        assert [choice.text for choice in choices] == parts


async def test_where_n_is_ignored_every_choice_has_a_request_and_a_seed(connect, problem):
    with OpenAIServer(Script(n="ignore", latency=0.05)) as server:
        client = await connect(server)
        choices = await client.sample(problem, PARAMETERS, 0, 6)
        assert len(server.sampled) == 6 and len({row["seed"] for row in server.sampled}) == 6
        assert [choice.text for choice in choices] == [expected(problem, at, 1)[0] for at in range(6)]


async def test_what_a_server_leaves_out_is_asked_for_again(connect, problem):
    with OpenAIServer(Script(n="fewer")) as server:
        client = await connect(server)
        choices = await client.sample(problem, PARAMETERS, 0, 4)
        assert [(row["n"], row["seed"]) for row in server.sampled] == [
            (4, PARAMETERS.seed_of(problem, 0)),
            (None, PARAMETERS.seed_of(problem, 3)),
        ]
        assert [choice.text for choice in choices] == expected(problem, 0, 3) + expected(problem, 3, 1)


async def test_more_than_was_asked_for_is_cut(connect, problem):
    with OpenAIServer(Script(n="more")) as server:
        client = await connect(server)
        choices = await client.sample(problem, PARAMETERS, 0, 4)
        assert [choice.text for choice in choices] == expected(problem, 0, 4)
        assert client.counters.tokens_out > sum(choice.tokens for choice in choices)  # all were paid for


async def test_no_seed_is_sent_or_recorded_where_it_is_refused(connect, problem):
    with OpenAIServer(Script(seeds="refuse")) as server:
        client = await connect(server)
        (choice,) = await client.sample(problem, PARAMETERS, 0, 1)
        assert choice.seed is None and "seed" not in server.seen[-1]


async def test_parameters_win_over_the_engines_extra(connect, problem):
    with OpenAIServer() as server:
        client = await connect(server, extra={"top_k": 1, "min_p": 0.1})
        await client.sample(problem, Parameters(extra={"top_k": 2, "stream": True}), 0, 1)
        sent = server.seen[-1]
        assert (sent["top_k"], sent["min_p"], sent["stream"]) == (2, 0.1, False)


@pytest.mark.parametrize("fault", ["408", "409", "425", "busy", "500", "502", "503", "529"])
async def test_a_passing_status_is_asked_again(connect, problem, fault):
    with OpenAIServer(Script(first=("", fault, fault))) as server:
        client = await connect(server)
        (choice,) = await client.sample(problem, PARAMETERS, 0, 1)
        assert choice.text == expected(problem, 0, 1)[0]
        assert (client.counters.retries, client.counters.failures, client.counters.requests) == (2, 0, 4)


@pytest.mark.parametrize("fault", ["cut_before", "cut_headers", "cut_body", "garbage"])
async def test_a_broken_answer_is_asked_for_again(connect, problem, fault):
    with OpenAIServer(Script(first=("", *([fault] * 5)), seed=4)) as server:
        client = await connect(server)
        (choice,) = await client.sample(problem, PARAMETERS, 0, 1)
        assert choice.text == expected(problem, 0, 1)[0] and client.counters.retries == 5


async def test_a_request_is_given_up_after_all_its_retries(connect, problem):
    with OpenAIServer(Script(first=("", *(["500"] * 4)))) as server:
        client = await connect(server, retries=3)
        with pytest.raises(RequestFailed, match="HTTP 500: oh dear"):
            await client.sample(problem, PARAMETERS, 0, 1)
        assert len(server.seen) == 1 + 4 and client.counters.failures == 1
        assert await client.sample(problem, PARAMETERS, 0, 1)  # the next one is none the worse


async def test_a_server_may_say_when_to_come_back(connect, problem):
    with OpenAIServer(Script(first=("", "busy"), retry_after="0.3")) as server:
        client = await connect(server)
        began = time.monotonic()
        await client.sample(problem, PARAMETERS, 0, 1)
        assert time.monotonic() - began >= 0.3


async def test_a_request_that_hangs_is_asked_again(connect, problem):
    with OpenAIServer(Script(first=("", "hang"))) as server:
        client = await connect(server, timeout=1.0, retries=20)
        assert len(await client.sample(problem, PARAMETERS, 0, 1)) == 1


async def test_a_prompt_that_is_too_long_fails_at_once(connect):
    with OpenAIServer(Script(max_prompt=100)) as server:
        client = await connect(server)
        with pytest.raises(RequestFailed, match=r"HTTP 400.*too long for the context") as caught:
            await client.sample(Problem("long", messages_of("x" * 101)), PARAMETERS, 0, 1)
        assert "\x1b" not in str(caught.value)
        assert client.counters.retries == 0 and client.counters.failures == 1


async def test_one_failed_part_fails_the_whole(connect, problem):
    with OpenAIServer(Script(n="ignore", first=("", "", "400"))) as server:
        client = await connect(server)
        with pytest.raises(RequestFailed):
            await client.sample(problem, PARAMETERS, 0, 3)


async def test_a_key_that_is_withdrawn_ends_the_run(connect, problem):
    with OpenAIServer(Script(first=("", "401"))) as server:
        client = await connect(server)
        with pytest.raises(EngineUnreachable, match="refused our key"):
            await client.sample(problem, PARAMETERS, 0, 1)


async def test_a_single_forbidden_prompt_does_not(connect, problem):
    with OpenAIServer(Script(first=("", "403"))) as server:
        client = await connect(server)
        with pytest.raises(RequestFailed, match="HTTP 403"):
            await client.sample(problem, PARAMETERS, 0, 1)


async def test_but_all_of_them_forbidden_do(connect, problem):
    with OpenAIServer(Script(first=("", "403", "403"))) as server:
        client = await connect(server)
        with pytest.raises(EngineUnreachable, match="HTTP 403"):
            await client.sample(problem, PARAMETERS, 0, 1)


async def test_a_server_that_is_gone_ends_the_run_after_some_patience(connect, problem):
    with OpenAIServer() as server:
        client = await connect(server, patience=1.0, retries=1)
        server.stop()
        began = time.monotonic()
        with pytest.raises(EngineUnreachable, match=r"nothing answers at http://127\.0\.0\.1.*nothing for"):
            await client.sample(problem, PARAMETERS, 0, 1)
        assert time.monotonic() - began >= 1.0
        assert client.counters.retries > 1


async def test_a_server_that_comes_back_is_waited_for(connect, problem):
    with held() as port:
        with OpenAIServer(port=port) as server:
            client = await connect(server, patience=120, retries=1)
        asked = asyncio.create_task(client.sample(problem, PARAMETERS, 0, 1))
        await asyncio.sleep(0.2)
        assert not asked.done()
        with OpenAIServer(port=port):
            (choice,) = await asyncio.wait_for(asked, 60)
    assert client._silence._since is None
    assert choice.text == expected(problem, 0, 1)[0]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("escapes", "\x1b]0;owned\x07\x1b[2J4"),
        ("surrogates", "half \ufffd of it"),
        ("broken_utf8", "\ufffd\ufffd \ufffd"),
        ("null", ""),
        ("empty", ""),
        ("large", "word " * 200_000),
    ],
)
async def test_odd_answers_are_data(connect, problem, kind, text):
    with OpenAIServer(Script(text=kind)) as server:
        client = await connect(server)
        choices = await client.sample(problem, PARAMETERS, 0, 2)
        assert [choice.text.replace("\ufffd" * 3, "\ufffd") for choice in choices] == [text, text]
        assert all(choice.text.encode() is not None for choice in choices)


async def test_a_reply_without_end_is_refused(connect, problem, monkeypatch):
    with OpenAIServer(Script(text="large")) as server:
        client = await connect(server, retries=1)
        monkeypatch.setattr("winnow.steps.engine.transport.LARGEST_REPLY", 2**19)
        with pytest.raises(RequestFailed, match="larger than"):
            await client.sample(problem, PARAMETERS, 0, 1)
        assert len(server.seen) == 1 + 2


async def test_reasoning_is_kept_apart(connect, problem):
    with OpenAIServer(Script(text="reasoning")) as server:
        client = await connect(server)
        (choice,) = await client.sample(problem, PARAMETERS, 0, 1)
        assert choice.reasoning == "let me think" and "think" not in choice.text


async def test_truncation_is_marked(connect, problem):
    with OpenAIServer(Script(truncate=1.0)) as server:
        client = await connect(server)
        (choice,) = await client.sample(problem, PARAMETERS, 0, 1)
        assert choice.finish_reason == "length"


async def test_log_probabilities_are_summed(connect, problem):
    with OpenAIServer(Script(logprobs="always")) as server:
        client = await connect(server)
        (choice,) = await client.sample(problem, PARAMETERS, 0, 1)
        assert choice.logprob == -1.5 and choice.tokens == 2


@pytest.mark.parametrize(("usage", "tokenize", "exact"), [("one", True, True), ("none", False, False)])
async def test_tokens_are_counted_where_the_server_does_not(connect, problem, usage, tokenize, exact):
    with OpenAIServer(Script(usage=usage, tokenize=tokenize)) as server:
        client = await connect(server)
        choices = await client.sample(problem, PARAMETERS, 0, 4)
        words = [len(choice.text.split()) for choice in choices]
        if exact:  # the first as the server counts, the others with the token that ended them
            assert [choice.tokens for choice in choices] == [words[0], *(count + 1 for count in words[1:])]
        else:
            assert [choice.tokens for choice in choices] == [round(len(c.text) / 4) for c in choices]


async def test_a_prompt_with_half_a_surrogate_is_sent_all_the_same(connect):
    with OpenAIServer() as server:
        client = await connect(server)
        await client.sample(Problem("s", messages_of("half \ud83d")), PARAMETERS, 0, 1)
        assert server.seen[-1]["messages"][0]["content"] == "half ?"


async def test_faults_all_the_time_and_everything_is_answered(connect):
    with OpenAIServer(Script(faults=0.3, seed=1)) as server:
        client = await connect(server, retries=30)
        problems = [Problem(str(at), messages_of(f"What is {at} + 1?")) for at in range(40)]
        found = await asyncio.gather(*(client.sample(each, PARAMETERS, 0, 4) for each in problems))
        assert [[c.text for c in choices] for choices in found] == [expected(p, 0, 4) for p in problems]
        assert client.counters.retries > 5 and client.counters.failures == 0


async def test_an_engine_is_known_by_its_model(connect):
    with OpenAIServer() as one, OpenAIServer() as other:
        first, second = await connect(one), await connect(other, concurrency=3)
        third, fourth = await connect(one, model="x"), await connect(one, extra={"top_k": 1})
        assert first.identity == second.identity
        assert len({first.identity, third.identity, fourth.identity}) == 3
