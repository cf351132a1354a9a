"""Lines that fail, batches that end early, steps that break: what can be had is had, and paid for once."""

from __future__ import annotations

import pytest
from support.batch_server import BAD_LINES, BatchScript, BatchServer

from winnow.steps.engine.protocol import EngineUnreachable, RequestFailed

from .conftest import Connect, ask, texts


@pytest.mark.parametrize("kind", BAD_LINES)
async def test_lines_that_say_nothing_are_asked_again(connect: Connect, kind: str) -> None:
    with BatchServer(BatchScript(broken=0.4, bad_lines=(kind,))) as server:
        assert [len(found) for found in texts(await ask(await connect(server, retries=20)))] == [4] * 12
        assert max(server.paid.values()) == 1
        assert kind == "twice" or len(server.batches) > 1


async def test_a_line_that_is_refused_is_not_asked_again(connect: Connect) -> None:
    with BatchServer(BatchScript(max_prompt=14)) as server:  # two digits and more are too long
        answers = await ask(await connect(server))
        failed = [one for one in answers if isinstance(one, RequestFailed)]
        assert len(failed) == 2
        assert all("too long for the context" in str(one) and not one.passing for one in failed)
        assert "\x1b" not in str(failed[0])
        assert len(server.batches) == 1


async def test_a_line_that_always_fails(connect: Connect) -> None:
    with BatchServer(BatchScript(broken=1.0, bad_lines=("429",))) as server:
        answers = await ask(await connect(server, retries=2))
        assert len(server.batches) == 3
    failed = [one for one in answers if isinstance(one, RequestFailed)]
    assert len(failed) == 12
    assert all(one.passing and "HTTP 429" in str(one) for one in failed)


@pytest.mark.parametrize("end", ["expired", "cancelled"])
async def test_a_batch_that_ends_early(connect: Connect, end: str) -> None:
    """What is done is taken, the rest asked again."""
    with BatchServer(BatchScript(endings=(end, end))) as server:
        assert [len(found) for found in texts(await ask(await connect(server)))] == [4] * 12
        assert [one["total"] for one in server.batches.values()] == [12, 6, 3]
        assert max(server.paid.values()) == 1


async def test_nothing_was_done(connect: Connect) -> None:
    with BatchServer(BatchScript(endings=("expired",), done=0.0)) as server:
        assert len(texts(await ask(await connect(server)))) == 12
        assert [one["total"] for one in server.batches.values()] == [12, 12]


FAULTS = {
    "upload": ("busy", "error", "cut_before", "cut_after", "junk"),
    "create": ("busy", "error", "cut_before", "cut_after", "junk"),
    "look": ("busy", "error", "cut_before", "cut_after", "junk"),
    "output": ("busy", "error", "cut_before", "cut_after", "half", "short", "404"),
    "delete": ("busy", "error", "cut_before", "404"),
}


@pytest.mark.parametrize(("step", "fault"), [(step, one) for step, many in FAULTS.items() for one in many])
async def test_a_step_that_breaks(connect: Connect, step: str, fault: str) -> None:
    with BatchServer(BatchScript(steps={step: (fault, fault)})) as server:
        assert [len(found) for found in texts(await ask(await connect(server)))] == [4] * 12
        assert set(server.paid.values()) == {1}
        assert len(server.asked) == 12
        if step not in ("upload", "delete"):  # an upload of which nobody heard stays there
            assert server.files == {}


async def test_everything_breaks_now_and_then(connect: Connect) -> None:
    with BatchServer(BatchScript(cuts=0.4, broken=0.2, seed=3)) as server:
        engine = await connect(server, max_requests=3, retries=20)
        assert [len(found) for found in texts(await ask(engine))] == [4] * 12
        assert max(server.paid.values()) == 1


@pytest.mark.parametrize("step", ["upload", "create", "look", "output"])
async def test_a_step_that_never_succeeds(connect: Connect, step: str) -> None:
    """The run ends, and says what to do; nothing is lost."""
    with BatchServer(BatchScript(steps={step: ("error",) * 1000})) as server:
        answers = await ask(await connect(server))
    assert all(isinstance(one, EngineUnreachable) for one in answers)
    assert "run again later" in str(answers[0])


async def test_lines_that_stay_missing_though_the_provider_counts_them(connect: Connect) -> None:
    with BatchServer(BatchScript(steps={"output": ("short",) * 4})) as server:
        assert len(texts(await ask(await connect(server)))) == 12
        assert len(server.asked) == 13


async def test_a_provider_that_deletes_nothing(connect: Connect) -> None:
    with BatchServer(BatchScript(deletes=False)) as server:
        assert len(texts(await ask(await connect(server)))) == 12
        assert len(server.files) == 2


async def test_a_file_that_is_refused(connect: Connect) -> None:
    """No line of it was answered: the run ends and tells what to change."""
    with BatchServer(BatchScript(most_requests=5)) as server:
        answers = await ask(await connect(server))
        assert server.paid.total() == 0
        assert server.files == {}
    assert all(isinstance(one, EngineUnreachable) for one in answers)
    assert "too many requests (too_many_tasks)" in str(answers[0])
    assert "max_requests" in str(answers[0])


async def test_one_line_of_a_file_is_refused(connect: Connect) -> None:
    with BatchServer(BatchScript(endings=("line:invalid_json_line",))) as server:
        answers = await ask(await connect(server))
        assert isinstance(answers[0], RequestFailed)
        assert "invalid_json_line" in str(answers[0])
        assert [len(found) for found in texts(answers[1:])] == [4] * 11
        assert [one["total"] for one in server.batches.values()] == [12, 11]


async def test_an_account_that_may_queue_little(connect: Connect) -> None:
    """Batches become smaller, and wait for one another."""
    with BatchServer(BatchScript(queue=4, took=0.05)) as server:
        assert [len(found) for found in texts(await ask(await connect(server)))] == [4] * 12
        assert set(server.paid.values()) == {1}
        made = [one["total"] for one in server.batches.values() if one["end"] != "failed"]
        assert max(made) <= 4


async def test_a_request_larger_than_what_may_be_queued(connect: Connect) -> None:
    with BatchServer(BatchScript(endings=("failed:token_limit_exceeded",) * 99)) as server:
        answers = await ask(await connect(server))
    assert any(isinstance(one, EngineUnreachable) for one in answers)


async def test_a_wrong_key(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "secret-value")
    server = BatchServer(BatchScript(api_key="another"))
    with server, pytest.raises(EngineUnreachable, match="refused our key") as refused:
        await connect(server, api_key="${env:KEY}")
    assert "secret-value" not in str(refused.value)


async def test_a_server_without_batches(connect: Connect) -> None:
    with BatchServer() as server, pytest.raises(EngineUnreachable, match="no batch API"):
        await connect(server.url.removesuffix("/v1") + "/v2")
    with pytest.raises(EngineUnreachable, match="nothing answers"):
        await connect(server)
