"""Rows of a mix: what tells two of them the same, which problems they are of, and who is kept."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from winnow.steps.records import canonical, key_of

_CONTENT = ("messages", "prompt", "chosen", "rejected", "completion", "completions", "candidate", "answer")
_JUDGED = ("label", "labels", "rejected")


def contents(rows: pl.DataFrame) -> list[str]:
    """A hash of prompt and answer of each row: not of where it comes from, nor of how it was judged."""
    said = rows.select(name for name in _CONTENT if name in rows.columns)
    return [key_of(canonical(row)) for row in said.iter_rows(named=True)]


def abouts(rows: pl.DataFrame) -> list[str]:
    """A hash of what each row judges: of a pair, whichever side it chose; of an answer, whatever label."""
    if "rejected" not in rows.columns:
        return contents(rows)
    prompts = rows["prompt"] if "prompt" in rows.columns else [None] * rows.height
    sides = rows.select("chosen", "rejected").iter_rows()
    return [
        key_of(canonical(prompt), *sorted(map(canonical, pair)))
        for prompt, pair in zip(prompts, sides, strict=True)
    ]


def torn(frames: Iterable[pl.DataFrame]) -> set[str]:
    """What is judged one way in one row and another way in another, of rows of one dataset (`abouts`)."""
    judged: dict[str, str] = {}
    found = set()
    for rows in frames:
        name = next((name for name in _JUDGED if name in rows.columns), None)
        if name is None:
            continue
        for about, told in zip(abouts(rows), rows[name].to_list(), strict=True):
            judgement = key_of(canonical(told))
            if judged.setdefault(about, judgement) != judgement:
                found.add(about)
    return found


def problems(rows: pl.DataFrame) -> list[frozenset[str]]:
    """By what each row's problem is known: its id, and what it asks beside a system prompt.

    Two runs may know one question by other references, or ask it with another system prompt.
    """
    known = rows.select("problem_id", "asked").iter_rows()
    return [frozenset(key for key in keys if key) for keys in known]


def kept_share(rows: pl.DataFrame, share: float) -> pl.DataFrame:
    """A share of the rows by the hash of their ids: always the same, and of a smaller share no other ones.

    A share over 1 repeats rows: 2.5 has each of them twice, and half of them a third time.
    """
    whole, part = int(share), share % 1
    most = int(part * 2**128)
    chosen = [int(key_of("mix", one), 16) < most for one in rows["id"]] if part else [False] * rows.height
    return pl.concat([*[rows] * whole, rows.filter(pl.Series(chosen, dtype=pl.Boolean))])
