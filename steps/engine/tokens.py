"""How many tokens each choice has: servers count all of a reply's, one choice's only, or none."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum

from winnow.steps.engine.reply import Reply, Said

Tokenizer = Callable[[str], Awaitable[int | None]]
_BYTES_A_TOKEN = 4  # of English text under today's vocabularies; a guess, and used as one


class Usage(StrEnum):
    """What a server's `usage.completion_tokens` counts."""

    ALL = "all"
    ONE = "one"
    NONE = "none"


async def counts(reply: Reply, usage: Usage, tokenizer: Tokenizer | None) -> list[int]:
    """The tokens of each choice, in order.

    What log-probabilities count is exact. A total of all choices is split in proportion to their lengths,
    so that the sum stays what the server said. Where the server counts one choice only (its first), the
    others are tokenized anew, plus the token that ended them; without a tokenizer they are estimated, by
    the first one's tokens a byte or else a token every four bytes.
    """
    said = reply.said
    exact = [one.tokens for one in said if one.tokens is not None]
    if len(exact) == len(said):
        return exact
    total = reply.completion_tokens if usage is not Usage.NONE else None
    if total is not None and (usage is Usage.ALL or len(said) == 1):
        return split(total, [size(one) for one in said])
    first = [] if total is None else [total]
    rest = said[len(first) :]
    rate = total / size(said[0]) if total and size(said[0]) else 1 / _BYTES_A_TOKEN
    return first + await _counted(rest, tokenizer, rate)


async def _counted(said: Sequence[Said], tokenizer: Tokenizer | None, rate: float) -> list[int]:
    found: Sequence[int | None] = [None] * len(said)
    if tokenizer is not None:
        found = await asyncio.gather(*(tokenizer((one.reasoning or "") + one.text) for one in said))
    return [
        count + (one.finish_reason == "stop") if count is not None else max(1, round(rate * size(one)))
        for one, count in zip(said, found, strict=True)
    ]


def size(said: Said) -> int:
    """Bytes, of the text and of what was thought before it."""
    return len(said.text.encode()) + len((said.reasoning or "").encode())


def split(total: int, sizes: Sequence[int]) -> list[int]:
    """Whole numbers in proportion to `sizes` whose sum is `total`.

    >>> split(10, [1, 1, 2]), split(3, [0, 0])
    ([3, 2, 5], [2, 1])
    """
    whole = sum(sizes) or len(sizes)
    found, seen, given = [], 0, 0
    for one in sizes if sum(sizes) else [1] * len(sizes):
        seen += one
        upto = (2 * total * seen + whole) // (2 * whole)  # rounds half up, in whole numbers
        found.append(upto - given)
        given = upto
    return found
