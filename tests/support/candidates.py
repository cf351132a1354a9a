"""Judged candidates made by hand, as the rules of selection see them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from hypothesis import strategies as st

from winnow.steps.records import key_of
from winnow.verifiers.golden.thinking import without_thoughts


@dataclass(frozen=True)
class One:
    """A candidate; its ids and digests are made as the ledger makes them."""

    problem: str
    index: int
    text: str
    status: str = "pass"
    score: float | None = None
    finish_reason: str = "stop"
    extracted: str | None = None
    logprob: float | None = None
    reward: float | None = None
    results: str = ""
    dropped: bool = False

    @property
    def completion(self) -> str:
        return key_of(self.problem, self.index)

    @property
    def said(self) -> str:
        return without_thoughts(self.text).strip()

    @property
    def length(self) -> int:
        return len(self.text)

    @property
    def proven(self) -> bool:
        """Judged right or wrong, whole, and no thought alone."""
        return self.status in ("pass", "fail") and self.finish_reason != "length" and self.said != ""


SCHEMA = {
    "problem": pl.String,
    "completion": pl.String,
    "index": pl.Int32,
    "digest": pl.String,
    "length": pl.Int32,
    "finish_reason": pl.String,
    "logprob": pl.Float64,
    "status": pl.String,
    "score": pl.Float64,
    "results": pl.String,
    "reward": pl.Float64,
    "said": pl.String,
    "text": pl.String,
    "extracted": pl.String,
    "sampling": pl.String,
    "dropped": pl.Boolean,
}


def judged_frame(ones: Sequence[One], seed: int = 0) -> pl.LazyFrame:
    """What `judged` gives with everything of `FURTHER`, in an order that the seed decides."""
    rows = list(ones)
    random.Random(seed).shuffle(rows)
    told = [
        {
            **{name: getattr(one, name) for name in SCHEMA.keys() - {"digest", "said", "sampling"}},
            "digest": key_of(one.text.strip()),
            "said": key_of(one.said),
            "sampling": '{"temperature":0.8}',
        }
        for one in rows
    ]
    return pl.LazyFrame(told, schema=SCHEMA)


def group(*told: tuple[str, str, float], problem: str = "p") -> list[One]:
    """A problem's candidates, each by the letter of its status, its text and its score."""
    names = {"p": "pass", "f": "fail", "e": "error", "s": "skip", "c": "skip"}
    return [
        One(problem, at, text, names[letter], score, "length" if letter == "c" else "stop")
        for at, (letter, text, score) in enumerate(told)
    ]


_TEXTS = [
    "a",
    " a",
    "ab",
    "b\n",
    "a\n\nb",
    "a\n\nc",
    "a\n\nb\n\nd",
    "",
    "<think>a",
    "<think>x</think>ab",
    "1+1=2",
]


@st.composite
def groups(draw: st.DrawFn, most: int = 8) -> list[One]:
    """Candidates of some problems, with ties, equal texts, thoughts, and every kind of verdict."""
    ones = []
    for at in range(draw(st.integers(0, 3))):
        for index in range(draw(st.integers(1, most))):
            status = draw(st.sampled_from(["pass", "pass", "fail", "fail", "fail", "error", "skip"]))
            ones.append(
                One(
                    f"problem {at}",
                    index,
                    draw(st.sampled_from(_TEXTS)),
                    status,
                    draw(st.sampled_from([0.0, 0.25, 0.5, 1.0])) if status in ("pass", "fail") else None,
                    draw(st.sampled_from(["stop", "stop", "stop", "length"])),
                    draw(st.sampled_from([None, "", "1", "2", " 2", "3"])),
                    draw(st.sampled_from([None, -1.0, -2.0])),
                    draw(st.sampled_from([None, 0.5, 1.5])),
                    draw(st.sampled_from(["", "01", "11"])),
                    draw(st.sampled_from([False, False, False, True])),
                )
            )
    return ones
