"""The rules of pairs that compare texts, which are few for each problem."""

from __future__ import annotations

import polars as pl
from rapidfuzz.distance import Levenshtein

from winnow.steps.select.config import PreferenceConfig
from winnow.steps.select.pairs import BEST, offered, side
from winnow.steps.select.reasoning import reasoning_steps, shared
from winnow.steps.select.said import shown

FEW = 16
"""Of each side of a problem so many are compared at most, those that rank first."""
_TRIED = 64
"""Of the pairs of a problem so many are compared, those whose lengths differ least: they differ at least by
that."""


def near_duplicate(candidates: pl.LazyFrame, config: PreferenceConfig) -> pl.DataFrame:
    """The pairs that differ in the fewest characters, by the longer one: where one slip made the difference.

    Adds `edit_distance`, the characters to add, drop or replace (Levenshtein).
    """
    lengths = ("length", "length_rejected")
    apart = pl.max_horizontal(lengths) - pl.min_horizontal(lengths)
    nearest = _compared(candidates, config, apart, *BEST).filter(
        pl.int_range(pl.len()).over("problem") < _TRIED
    )
    texts = nearest.select("text", "text_rejected").iter_rows()
    edits = pl.Series("edit_distance", [Levenshtein.distance(*pair) for pair in texts], dtype=pl.Int64)
    share = pl.col("edit_distance") / pl.max_horizontal(lengths)
    return nearest.with_columns(edits).sort("problem", share, *BEST)


def step_level(candidates: pl.LazyFrame, config: PreferenceConfig) -> pl.DataFrame:
    """The pairs that go together longest, counted in reasoning steps, before one goes wrong.

    Adds `shared_prefix`, what both say, and `step_chosen` and `step_rejected`, in which they part. A pair
    shares one step at least, and each side has one more. (Lai et al. 2024, "Step-DPO: Step-wise Preference
    Optimization for Long-chain Reasoning of LLMs", arXiv 2406.18629, whose pairs are such steps alone.)
    """
    pairs = _compared(candidates, config, *BEST)
    steps = {
        text: reasoning_steps(text) for name in ("text", "text_rejected") for text in pairs[name].unique()
    }
    found = [
        _parted(steps[one], steps[other]) for one, other in pairs.select("text", "text_rejected").iter_rows()
    ]
    columns = {
        "steps": pl.Int64,
        "shared_prefix": pl.String,
        "step_chosen": pl.String,
        "step_rejected": pl.String,
    }
    told = pl.DataFrame(found, schema=columns, orient="row")
    return pairs.hstack(told).filter(pl.col("steps") > 0).sort("problem", -pl.col("steps"), *BEST)


def _parted(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[int, str, str, str]:
    """How many steps are shared, these, and what follows on each side; no step where one side ends there."""
    count = shared(one, other)
    if count == min(len(one), len(other)):
        return 0, "", "", ""
    return count, "\n\n".join(one[:count]), one[count], other[count]


def _compared(candidates: pl.LazyFrame, config: PreferenceConfig, *order: pl.Expr) -> pl.DataFrame:
    text = shown(config.messages)
    right, wrong = (
        side(candidates, status, config, most=FEW).with_columns(text=text, length=text.str.len_chars())
        for status in ("pass", "fail")
    )
    return offered(right, wrong, *order)
