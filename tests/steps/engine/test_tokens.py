"""Counts of tokens stay honest sums."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from winnow.steps.engine.reply import Reply, Said
from winnow.steps.engine.tokens import Usage, counts, split


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**7), min_size=1, max_size=20))
def test_a_split_sums_to_its_total(total, sizes):
    found = split(total, sizes)
    assert sum(found) == total and len(found) == len(sizes) and min(found) >= 0


async def test_a_total_is_split_by_length():
    reply = Reply((Said("a" * 30), Said("b" * 10), Said("")), completion_tokens=40)
    assert await counts(reply, Usage.ALL, None) == [30, 10, 0]


async def test_without_a_tokenizer_the_first_one_gives_the_rate():
    reply = Reply((Said("a" * 30), Said("b" * 60)), completion_tokens=10)
    assert await counts(reply, Usage.ONE, None) == [10, 20]


async def test_a_tokenizer_that_fails_is_replaced_by_the_rate():
    async def broken(text: str) -> int | None:
        return None

    reply = Reply((Said("a" * 30), Said("b" * 60)), completion_tokens=10)
    assert await counts(reply, Usage.ONE, broken) == [10, 20]


async def test_thoughts_count():
    reply = Reply((Said("a" * 4, reasoning="b" * 36),))
    assert await counts(reply, Usage.NONE, None) == [10]


async def test_the_end_of_a_truncated_text_is_no_token():
    async def words(text: str) -> int | None:
        return len(text.split())

    reply = Reply((Said("x"), Said("a b"), Said("a b", finish_reason="length")), completion_tokens=1)
    assert await counts(reply, Usage.ONE, words) == [1, 3, 2]
