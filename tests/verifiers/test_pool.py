"""The pool: right verdicts at all times, whatever a verifier or its process does."""

from __future__ import annotations

import asyncio
import importlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.children import offspring

from winnow.verifiers import PoolError, SpecError, Status, VerifierPool, load, registry
from winnow.verifiers.wire import DONE, Progress

MODULES = Path(__file__).parent / "modules"
GOOD = ({"answer": "a+"}, "caat")
BAD = ({"answer": "a+"}, "bbb")
HANGS = ({"answer": "(a+)+$"}, "a" * 50 + "b")


@pytest.fixture
def strange(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The verifiers of `modules/strange_verifiers.py`, for the length of a test."""
    kept = dict(registry.entries())
    monkeypatch.syspath_prepend(str(MODULES))
    sys.modules.pop("strange_verifiers", None)
    importlib.import_module("strange_verifiers")
    yield
    registry._ENTRIES.clear()
    registry._ENTRIES.update(kept)


def asked(*completions: str) -> list[tuple[dict[str, Any], str]]:
    return [({"id": place}, completion) for place, completion in enumerate(completions)]


def reasons(verdicts: Sequence[Any]) -> list[str]:
    return [verdict.reason for verdict in verdicts]


async def test_verdicts_come_in_order_and_are_those_of_a_plain_call() -> None:
    items = [({"answer": place % 7}, f"it is {place % 5}") for place in range(1000)]
    random.Random(1).shuffle(items)
    judge = load("number")
    async with VerifierPool("number", workers=2) as pool:
        assert await pool.judge(items) == [judge(*item) for item in items]
        assert await pool.judge([]) == []
        mixed = [
            ({}, "x"),
            ({"answer": 1}, ""),
            ({"answer": 1}, "\ud800\0 1"),
            ({"answer": "1" * 10_000}, "1"),
        ]
        assert await pool.judge(mixed) == [judge(*item) for item in mixed]


def test_any_text_gets_the_verdict_of_a_plain_call() -> None:
    spec = {"type": "any", "of": ["number", {"type": "word_count", "max": 3}]}
    judge = load(spec)
    with asyncio.Runner() as runner:
        pool = VerifierPool(spec, workers=1)
        runner.run(pool.start())

        @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(st.lists(st.tuples(st.dictionaries(st.text(), st.none() | st.text()), st.text()), max_size=5))
        def same(items: list[tuple[dict[str, Any], str]]) -> None:
            assert runner.run(pool.judge(items)) == [judge(*item) for item in items]

        same()
        runner.run(pool.close())


async def test_a_catastrophic_regex_is_ended_and_takes_nothing_with_it() -> None:
    items = [GOOD, BAD] * 15 + [HANGS] + [BAD, GOOD] * 15 + [({"answer": "(a+)+$"}, "a" * 40 + "c"), GOOD]
    async with VerifierPool("regex", workers=1, deadline=1.0) as pool:
        verdicts = await pool.judge(items)
        expected = [{GOOD[1]: "pass", BAD[1]: "fail"}.get(completion, "error") for _, completion in items]
        assert [verdict.status for verdict in verdicts] == expected
        assert verdicts[30].reason == "verifier exceeded its deadline of 1 s"
        assert [one.status for one in await pool.judge([GOOD, BAD])] == ["pass", "fail"]


@pytest.mark.parametrize(
    ("completion", "reason"),
    [
        ("signal 9", "verifier's worker died (signal 9)"),
        ("signal 11", "verifier's worker died (signal 11)"),
        ("exit 3", "verifier's worker ended (exit code 3)"),
        ("leave 0", "verifier's worker ended (exit code 0)"),
        ("close", "verifier's worker ended (exit code 1)"),
        ("hang", "verifier exceeded its deadline of 1 s"),
        ("sleep 60", "verifier exceeded its deadline of 1 s"),
    ],
)
@pytest.mark.usefixtures("strange")
async def test_what_ends_a_worker_is_an_error_and_the_rest_are_judged(completion: str, reason: str) -> None:
    async with VerifierPool("strange", workers=1, deadline=1.0) as pool:
        verdicts = await pool.judge(asked("a", "b", completion, "c", "d"))
        assert reasons(verdicts) == ["a", "b", reason, "c", "d"]
        assert [verdict.status for verdict in verdicts] == ["pass", "pass", "error", "pass", "pass"]
        assert [verdict.extracted for verdict in verdicts] == ["0", "1", None, "3", "4"]


@pytest.mark.usefixtures("strange")
async def test_what_ends_a_worker_when_all_is_judged_takes_nobody_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The worker's own notes name no culprit then: its last item was finished."""
    monkeypatch.setattr(Progress, "get", lambda self: (DONE, 0.0))
    async with VerifierPool("strange", workers=1) as pool:
        verdicts = await pool.judge(asked("a", "b", "exit 3", "c"))
        assert reasons(verdicts) == ["a", "b", "verifier's worker ended (exit code 3)", "c"]


@pytest.mark.usefixtures("strange")
async def test_what_ends_a_worker_by_chance_is_asked_again(tmp_path: Path) -> None:
    once = f"once {tmp_path / 'mark'}"
    async with VerifierPool("strange", workers=1) as pool:
        assert reasons(await pool.judge(asked("a", once, "b"))) == ["a", once[:50], "b"]


@pytest.mark.usefixtures("strange")
async def test_a_worker_that_is_killed_between_two_calls_is_replaced() -> None:
    async with VerifierPool("strange", workers=1) as pool:
        (first,) = reasons(await pool.judge(asked("pid")))
        os.kill(int(first), signal.SIGKILL)
        (second,) = reasons(await pool.judge(asked("pid again")))
        assert int(second) != int(first)


@pytest.mark.usefixtures("strange")
async def test_the_deadline_is_for_each_item_and_not_for_the_batch() -> None:
    async with VerifierPool("strange", workers=1, deadline=1.5) as pool:
        slow = ["sleep 0.1"] * 16
        assert reasons(await pool.judge(asked(*slow))) == slow


@pytest.mark.usefixtures("strange")
async def test_memory_is_limited() -> None:
    async with VerifierPool("strange", workers=1, memory=512 * 1024**2) as pool:
        verdicts = await pool.judge(asked("eat 1000", f"eat {1024**3}", "a"))
    assert reasons(verdicts) == ["1000", "strange broke: MemoryError: ", "a"]


@pytest.mark.usefixtures("strange")
async def test_what_a_verifier_prints_disturbs_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    async with VerifierPool("strange", workers=1) as pool:
        assert reasons(await pool.judge(asked("print", "a"))) == ["print", "a"]
    assert capfd.readouterr() == ("", "imported by a worker\n")


@pytest.mark.usefixtures("strange")
async def test_what_cannot_be_sent_is_an_error() -> None:
    items = [({"f": lambda: 0}, "a"), ({}, "b"), ({}, "score x")]
    async with VerifierPool("strange", workers=1) as pool:
        verdicts = await pool.judge(items)
    assert reasons(verdicts)[:2] == ["the reference cannot be sent to another process", "b"]
    assert verdicts[2].reason.startswith("the verdict cannot be told: ")
    assert [verdict.status for verdict in verdicts] == ["error", "pass", "error"]


@pytest.mark.usefixtures("strange")
async def test_the_same_item_is_judged_once_where_that_is_the_same(tmp_path: Path) -> None:
    async with VerifierPool("tally", workers=1) as pool:
        assert reasons(await pool.judge([({}, "a")] * 3)) == ["1", "2", "3"]
    marks = tmp_path / "marks"
    stuck = ({}, f"stuck {marks}")
    async with VerifierPool("strange", workers=1, deadline=1.0) as pool:
        hangs = await pool.judge([stuck, ({"id": 1}, "a"), stuck, stuck])
    assert [verdict.status for verdict in hangs] == ["error", "pass", "error", "error"]
    assert marks.read_text() == "."


@pytest.mark.usefixtures("strange")
async def test_calls_take_turns() -> None:
    async with VerifierPool("strange", workers=1) as pool:
        long = asyncio.create_task(pool.judge(asked(*["sleep 0.004"] * 192)))
        await asyncio.sleep(0.05)
        assert reasons(await pool.judge(asked("a"))) == ["a"]
        assert not long.done()
        assert len(await long) == 192


@pytest.mark.usefixtures("strange")
async def test_a_call_that_is_cancelled_leaves_the_pool_in_order(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    async with VerifierPool("strange", workers=1, deadline=60) as pool:
        items = asked(f"mark {marks}", "sleep 0.4")
        waiting = [asyncio.create_task(pool.judge(items)) for _ in range(4)]
        async with asyncio.timeout(60):
            while not marks.exists():
                await asyncio.sleep(0.01)
        for task in waiting:
            task.cancel()
        assert all(
            isinstance(one, asyncio.CancelledError)
            for one in await asyncio.gather(*waiting, return_exceptions=True)
        )
        assert reasons(await pool.judge(asked("a", "b"))) == ["a", "b"]
        assert marks.read_text() == "."  # the worker had one batch; the others are not judged any more


@pytest.mark.usefixtures("strange")
async def test_a_further_worker_is_started_when_all_are_busy_and_not_before() -> None:
    before = offspring(os.getpid())
    async with VerifierPool("strange", workers=3, deadline=60, afresh=True) as pool:
        (first,) = offspring(os.getpid()) - before
        for _ in range(5):
            assert reasons(await pool.judge(asked("pid"))) == [str(first)]
        assert offspring(os.getpid()) - before == {first}
        busy = asyncio.create_task(pool.judge(asked("hang")))
        await asyncio.sleep(0)
        (second,) = reasons(await pool.judge(asked("pid")))
        assert int(second) != first and not busy.done()
        assert offspring(os.getpid()) - before == {first, int(second)}
    with pytest.raises(PoolError, match="not open"):
        await busy


@pytest.mark.usefixtures("strange")
async def test_closing_ends_a_call_under_way_and_every_process() -> None:
    pool = VerifierPool("strange", workers=2, deadline=60, at_once=True)
    await pool.start()
    pids = {int(one) for one in reasons(await pool.judge(asked("pid", *["b"] * 63, "pid", "c")))[::64]}
    calls = [asyncio.create_task(pool.judge(asked("hang"))) for _ in range(5)]
    await asyncio.sleep(0.2)
    await pool.close()
    for call in calls:
        with pytest.raises(PoolError, match="not open"):
            await call
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    with pytest.raises(PoolError, match="not open"):
        await pool.judge(asked("a"))
    await pool.close()
    await pool.start()
    assert reasons(await pool.judge(asked("a"))) == ["a"]
    await pool.close()


async def test_what_cannot_be_loaded_is_told_before_a_process_starts() -> None:
    with pytest.raises(SpecError, match="did you mean 'number'"):
        VerifierPool("nmber")
    for wrong in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="deadline"):
            VerifierPool("number", deadline=wrong)
    with pytest.raises(ValueError, match="workers"):
        VerifierPool("number", workers=0)
    with pytest.raises(PoolError, match="not open"):
        await VerifierPool("number").judge([({}, "")])


@pytest.mark.usefixtures("strange")
async def test_a_verifier_that_workers_cannot_import_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [part for part in sys.path if part != str(MODULES)])
    with pytest.raises(
        PoolError, match=r"no verifier is called 'strange'.*strange_verifiers cannot be imported"
    ):
        await VerifierPool("strange", workers=2).start()
    async with VerifierPool("per_problem", workers=1) as pool:
        verdicts = await pool.judge([({"check": "number", "answer": 1}, "1"), ({"check": "strange"}, "1")])
    assert verdicts[0].status is Status.PASS
    assert "no verifier is called 'strange'" in verdicts[1].reason


PARENT = """
import asyncio, sys
sys.path.insert(0, {modules!r})
import strange_verifiers
from winnow.verifiers import VerifierPool

async def main():
    pool = VerifierPool("strange", workers=2, deadline=600, at_once=True)
    await pool.start()
    pids = await asyncio.gather(*(pool.judge([({{"id": n}}, "pid")]) for n in range(2)))
    busy = [asyncio.create_task(pool.judge([({{"id": n}}, "hang")])) for n in range({busy})]
    await asyncio.sleep(0.2)
    print(*{{pid[0].reason for pid in pids}}, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.parametrize("busy", [0, 1, 2])
def test_workers_leave_with_a_parent_that_is_killed(busy: int) -> None:
    code = PARENT.format(modules=str(MODULES), busy=busy)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert pids
        assert all(_alive(pid) for pid in pids)
        parent.kill()
    until = time.monotonic() + 60
    while any(_alive(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.02)
    left = [pid for pid in pids if _alive(pid)]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left


def test_an_interrupt_of_the_group_leaves_workers_at_work() -> None:
    code = PARENT.format(modules=str(MODULES), busy=0).replace(
        "await asyncio.sleep(600)",
        "await asyncio.to_thread(sys.stdin.readline)\n"
        "    print((await pool.judge([({}, 'still here')]))[0].reason)\n"
        "    await pool.close()",
    )
    deaf = "[signal.signal(one, lambda *_: None) for one in (signal.SIGINT, signal.SIGTERM)]"
    code = f"import signal\n{deaf}\n{code}"
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=pipe, stdout=pipe, text=True, start_new_session=True
    ) as parent:
        assert parent.stdin is not None and parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        os.killpg(parent.pid, signal.SIGINT)
        os.killpg(parent.pid, signal.SIGTERM)
        time.sleep(0.2)
        assert all(_alive(pid) for pid in pids)
        for pid in pids:
            os.kill(pid, signal.SIGINT)
        parent.stdin.write("\n")
        parent.stdin.flush()
        assert parent.stdout.read() == "still here\n"
        assert parent.wait() == 0


def test_a_worker_starts_in_a_blink() -> None:
    code = (
        "import resource, winnow.verifiers.worker as w; w.load('number');"
        "u = resource.getrusage(resource.RUSAGE_SELF); print(u.ru_utime + u.ru_stime)"
    )
    spent = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
        for _ in range(3)
    ]
    assert min(spent) < 0.3


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
