"""The limit on completions in flight."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from winnow.steps.sample.limit import Limit


@given(st.lists(st.integers(1, 6), min_size=1, max_size=30))
def test_never_more_than_the_capacity(weights: list[int]) -> None:
    async def all_of_them() -> int:
        limit, held, most = Limit(lambda: 6), 0, 0

        async def hold(weight: int) -> None:
            nonlocal held, most
            async with limit.of(weight):
                held += weight
                most = max(most, held)
                await asyncio.sleep(0)
                held -= weight

        await asyncio.gather(*(hold(weight) for weight in weights))
        return most

    assert asyncio.run(all_of_them()) <= 6


async def test_a_large_request_is_not_overtaken() -> None:
    limit, order = Limit(lambda: 4), []

    async def hold(name: str, weight: int) -> None:
        async with limit.of(weight):
            order.append(name)
            await asyncio.sleep(0.01)

    await asyncio.gather(hold("small", 1), hold("large", 4), hold("late", 1))
    assert order == ["small", "large", "late"]


async def test_who_gives_up_in_the_queue_takes_nothing() -> None:
    limit = Limit(lambda: 2)
    async with limit.of(2):
        waiting = asyncio.create_task(_hold(limit))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(60), limit.of(2):
        pass


async def _hold(limit: Limit) -> None:
    async with limit.of(1):
        pass


async def test_more_than_all_counts_as_all() -> None:
    async with asyncio.timeout(60), Limit(lambda: 2).of(99):
        pass


async def test_whoever_is_cancelled_leaves_the_queue() -> None:
    limit, entered = Limit(lambda: 1), []

    async def hold(name: int) -> None:
        async with limit.of(1):
            entered.append(name)
            await asyncio.sleep(60)

    tasks = [asyncio.create_task(hold(name)) for name in range(3)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in ended] == [asyncio.CancelledError] * 3
    async with asyncio.timeout(60), limit.of(1):
        assert entered == [0]
