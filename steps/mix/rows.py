"""Rows of a mix: what tells two of them the same, which problems they are of, and who is kept."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from winnow.steps.records import canonical, key_of

_CONTENT = ("messages", "prompt", "chosen", "rejected", "completion", "completions", "candidate", "answer")
_SYSTEMS = ("system", "developer")


def contents(rows: pl.DataFrame) -> list[str]:
    """A hash of prompt and answer of each row: not of where it comes from, nor of how it was judged."""
    said = rows.select(name for name in _CONTENT if name in rows.columns)
    return [key_of(canonical(row)) for row in said.iter_rows(named=True)]


def problems(rows: pl.DataFrame) -> list[frozenset[str]]:
    """By what each row's problem is known: its id, and its prompt without system messages.

    Two runs may know one question by other references, or ask it with another system prompt.
    """
    of_problem = rows["problem_id"].to_list() if "problem_id" in rows.columns else [None] * rows.height
    return [
        frozenset(key for key in (one, asked) if key)
        for one, asked in zip(of_problem, _asked(rows), strict=True)
    ]


def kept_share(rows: pl.DataFrame, share: float) -> pl.DataFrame:
    """A share of the rows by the hash of their ids: always the same, and of a smaller share no other ones.

    A share over 1 repeats rows: 2.5 has each of them twice, and half of them a third time.
    """
    whole, part = int(share), share % 1
    most = int(part * 2**128)
    chosen = [int(key_of("mix", one), 16) < most for one in rows["id"]] if part else [False] * rows.height
    return pl.concat([*[rows] * whole, rows.filter(pl.Series(chosen, dtype=pl.Boolean))])


def _asked(rows: pl.DataFrame) -> Iterator[str | None]:
    name = next((name for name in ("messages", "prompt", "chosen") if name in rows.columns), None)
    if name is None:
        yield from [None] * rows.height
        return
    implicit = name != "prompt"
    for prompt in rows[name]:
        said = prompt.to_list() if isinstance(prompt, pl.Series) else prompt
        if isinstance(said, str):
            texts = [said]
        else:
            turns = said[:-1] if implicit else said
            texts = [turn["content"] for turn in turns if turn["role"] not in _SYSTEMS]
        yield key_of("asked", *(" ".join(text.split()) for text in texts))
