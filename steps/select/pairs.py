"""The two sides of a problem, and the pairs between them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from winnow.steps.select.candidates import ranked, usable
from winnow.steps.select.config import PreferenceConfig

_SIDE = ("completion", "place", "length", "score", "reward")
_PLACES = ("place", "place_rejected")
ABREAST = (pl.max_horizontal(_PLACES), -pl.min_horizontal(_PLACES), *map(pl.col, _PLACES))
"""An order of pairs: the first with the first, the second with the second; then those of unequal places."""
BEST = (pl.sum_horizontal(_PLACES), *map(pl.col, _PLACES))
"""An order of pairs, for what is left open: those whose sides rank first."""


def shared(config: PreferenceConfig) -> list[str]:
    """The columns in which both sides of a pair agree, which has one prompt."""
    return ["problem", "system"] if config.messages.system == "sampled" else ["problem"]


def side(
    candidates: pl.LazyFrame,
    status: str,
    config: PreferenceConfig,
    rank_by: Sequence[str] = (),
    *,
    worst_first: bool = False,
    most: int | None = None,
    further: Sequence[str] = (),
) -> pl.LazyFrame:
    """What can be one side of a pair, with its `place`, and its `value` on the scale of the margin.

    Args:
        candidates: with the status that is trusted.
        rank_by: instead of the configuration's.
        most: so many of a prompt; all, where it is not said.
        further: columns that are needed beside those of `shared`, completion, place, value, length, score,
            reward.
    """
    usables, prompt = usable(candidates, status, config.messages), shared(config)
    ordered = ranked(usables, rank_by or config.rank_by, worst_first=worst_first)
    place = pl.col("place") if prompt == ["problem"] else pl.int_range(pl.len()).over(prompt)
    first = ordered if most is None else ordered.filter(place < most)
    return first.select(*prompt, *_SIDE, *further, value=config.scale)


def scaled(config: PreferenceConfig) -> list[str]:
    """The ranks with the scale of the margin before all others."""
    first = "verdict" if config.scale == "score" else "reward"
    return [first, *(key for key in config.rank_by if key != first)]


def paired(right: pl.LazyFrame, wrong: pl.LazyFrame, config: PreferenceConfig) -> pl.LazyFrame:
    """Every pair of a prompt; columns of the rejected one have the suffix `_rejected`."""
    return right.join(wrong, on=shared(config), suffix="_rejected")


def neighbours(right: pl.LazyFrame, wrong: pl.LazyFrame, config: PreferenceConfig) -> pl.LazyFrame:
    """Of every pair of a prompt those whose lengths are near: of each right one with the `most` wrong ones
    that are just as long or longer, and the `most` that are shorter, which are `per_problem`.

    Whoever takes pairs by their lengths, and no more than these of a problem, misses none.
    """
    prompt, most = shared(config), config.per_problem
    both = pl.concat(
        [
            frame.select(*prompt, "completion", "length", wrong=pl.lit(number, pl.Int64))
            for number, frame in enumerate((right, wrong))
        ]
    )
    shorter = both.sort(*prompt, "length", "wrong").with_columns(
        shorter=pl.col("wrong").cum_sum().over(prompt)
    )
    placed = right.join(shorter.filter(pl.col("wrong") == 0).select("completion", "shorter"), on="completion")
    found = []
    # Of those of one length, the first by place is to be met first, from above and from below.
    for falling, step in ((False, pl.int_ranges(0, most)), (True, pl.int_ranges(-most, 0))):
        at = wrong.sort(*prompt, "length", pl.col("place") * (-1 if falling else 1))
        numbered = at.with_columns(at=pl.int_range(pl.len()).over(prompt))
        near = placed.with_columns(step=step).explode("step")
        near = near.with_columns(at=pl.col("shorter") + pl.col("step")).drop("step", "shorter")
        found.append(near.join(numbered, on=[*prompt, "at"], suffix="_rejected").drop("at"))
    return pl.concat(found)


def sorted_by(pairs: pl.LazyFrame, *order: pl.Expr) -> pl.DataFrame:
    """The pairs of each problem, the least by `order` first."""
    return pairs.sort("problem", *order).collect()
