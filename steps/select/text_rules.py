"""The rules of pairs that compare texts, which are few for each problem."""

from __future__ import annotations

import polars as pl
from rapidfuzz.distance import Levenshtein

from winnow.steps.select.config import PreferenceConfig
from winnow.steps.select.pairs import BEST, paired, side, sorted_by
from winnow.steps.select.reasoning import reasoning_steps, shared
from winnow.steps.select.said import shown

FEW = 12
"""Of each side of a problem so many are compared, those that rank first; more where more pairs are wanted."""
LONGEST = 8_000
"""Characters that a text may have whose edits are counted: their time grows with the square of them."""
_SIDES = ("completion", "completion_rejected")


def near_duplicate(candidates: pl.LazyFrame, config: PreferenceConfig) -> pl.DataFrame:
    """The pairs that differ in the fewest characters, by the longer one: where one slip made the difference.

    Adds `edit_distance`, the characters to add, drop or replace (Levenshtein).
    """
    texts, pairs = _compared(candidates, config)
    lengths = ("length", "length_rejected")
    short = pairs.filter(pl.max_horizontal(lengths) <= LONGEST)
    edits = [
        Levenshtein.distance(texts[one], texts[other]) for one, other in short.select(_SIDES).iter_rows()
    ]
    counted = short.with_columns(pl.Series("edit_distance", edits, pl.Int64))
    return counted.sort("problem", pl.col("edit_distance") / pl.max_horizontal(lengths), *BEST)


def step_level(candidates: pl.LazyFrame, config: PreferenceConfig) -> pl.DataFrame:
    """The pairs that go together longest, counted in reasoning steps, before one goes wrong.

    Adds `shared_prefix`, what both say, and `step_chosen` and `step_rejected`, in which they part. A pair
    shares one step at least, and each side has one more. (Lai et al. 2024, "Step-DPO: Step-wise Preference
    Optimization for Long-chain Reasoning of LLMs", arXiv 2406.18629, whose pairs are such steps alone.)
    """
    texts, pairs = _compared(candidates, config)
    steps = {completion: reasoning_steps(text) for completion, text in texts.items()}
    counts = [_together(steps[one], steps[other]) for one, other in pairs.select(_SIDES).iter_rows()]
    together = pairs.with_columns(pl.Series("steps", counts, dtype=pl.Int64)).filter(pl.col("steps") > 0)
    found = together.sort("problem", -pl.col("steps"), *BEST)
    told = [
        ("\n\n".join(steps[one][:count]), steps[one][count], steps[other][count])
        for one, other, count in found.select(*_SIDES, "steps").iter_rows()
    ]
    names = dict.fromkeys(("shared_prefix", "step_chosen", "step_rejected"), pl.String)
    return found.hstack(pl.DataFrame(told, schema=names, orient="row"))


def _together(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """How many steps are shared; none, where one side ends with them."""
    count = shared(one, other)
    return 0 if count == min(len(one), len(other)) else count


def _compared(candidates: pl.LazyFrame, config: PreferenceConfig) -> tuple[dict[str, str], pl.DataFrame]:
    """What is shown of each completion that is compared, by its id; and the pairs of these."""
    most = max(FEW, config.per_problem)
    sides = (side(candidates, status, config, most=most, further=["text"]) for status in ("pass", "fail"))
    shows = shown(config.messages)
    right, wrong = (one.with_columns(text=shows).collect() for one in sides)
    texts = dict(pl.concat([right, wrong]).select("completion", "text").iter_rows())
    right, wrong = right.drop("text"), wrong.drop("text")
    return texts, sorted_by(paired(right.lazy(), wrong.lazy(), config), *BEST)
