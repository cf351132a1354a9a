"""The rules of pairs that read no texts: each offers the pairs of a problem, the best first."""

from __future__ import annotations

import polars as pl

from winnow.steps.select.candidates import whole
from winnow.steps.select.config import PreferenceConfig
from winnow.steps.select.pairs import ABREAST, BEST, neighbours, paired, scaled, side, sorted_by

POOL = 64
"""Of a side of a problem so many are paired at most, those that rank first, by the rules that could need all:
10,000 candidates make 25 million pairs. The others need no more than `per_problem` of each side."""
_WIDTH = (pl.col("value") - pl.col("value_rejected")).round(9)  # 1 - 0.9 is 0.1
_ANSWER = pl.col("extracted").str.strip_chars().alias("answer")
_ODD = 0x9E3779B97F4A7C15  # 2**64 by the golden ratio: what is multiplied by it is spread evenly


def best_vs_worst(candidates: pl.LazyFrame, config: PreferenceConfig) -> pl.DataFrame:
    """The best that passed with the worst that failed, the second with the second."""
    right = side(candidates, "pass", config, most=config.per_problem)
    wrong = side(candidates, "fail", config, worst_first=True, most=config.per_problem)
    return sorted_by(paired(right, wrong, config), *ABREAST)


def correct_vs_incorrect(candidates: pl.LazyFrame, config: PreferenceConfig) -> pl.DataFrame:
    """Any that passed with any that failed, as if drawn: ids are hashes, and so is what two of them make."""
    most = min(config.per_problem, POOL)
    right, wrong = (
        side(candidates, status, config, ["completion"], most=most) for status in ("pass", "fail")
    )
    drawn = _number(pl.col("completion").str.head(15)) ^ _number(pl.col("completion_rejected").str.tail(15))
    order = (drawn * pl.lit(_ODD, pl.UInt64), pl.col("completion"), pl.col("completion_rejected"))
    return sorted_by(paired(right, wrong, config), *order)


def margin(candidates: pl.LazyFrame, config: PreferenceConfig) -> pl.DataFrame:
    """The pairs whose scores differ most, and by `min_margin` at least."""
    keys, most = scaled(config), config.per_problem
    right = side(candidates, "pass", config, keys, most=most)
    wrong = side(candidates, "fail", config, keys, worst_first=True, most=most)
    wide = (_WIDTH > 0) & (pl.lit(config.min_margin or 0) <= _WIDTH)
    return sorted_by(paired(right, wrong, config).filter(wide), -_WIDTH, *BEST)


def mu_minus_2sigma(candidates: pl.LazyFrame, config: PreferenceConfig) -> pl.DataFrame:
    """The best that passed with what failed nearest to two standard deviations below the group's mean.

    Against the worst of many the best has an easy game, and learns less the more are sampled. Mean and
    deviation (of the population) are those of every candidate that was judged and not cut off. (Xiao et al.
    2025, "Finding the Sweet Spot: Preference Data Construction for Scaling Preference Optimization", arXiv
    2502.16825.)
    """
    value = pl.col(config.scale)
    judged = whole(candidates).filter(pl.col("status").is_in(["pass", "fail"]))
    values = value.sort()  # in one order, so that the last bits of the sums are the same ones
    target = judged.group_by("problem").agg(target=values.mean() - 2 * values.std(ddof=0))
    near = candidates.join(target, on="problem").with_columns(off=(value - pl.col("target")).abs().round(9))
    right = side(candidates, "pass", config, scaled(config), most=config.per_problem)
    wrong = side(near, "fail", config, ["-off", *_turned(scaled(config))], most=max(POOL, config.per_problem))
    return sorted_by(paired(right, wrong, config).filter(_WIDTH > 0), *ABREAST)


def hard_negative(candidates: pl.LazyFrame, config: PreferenceConfig) -> pl.DataFrame:
    """The best that passed with the best of those that give the wrong answer most often given."""
    failed = whole(candidates).filter(pl.col("status") == "fail").with_columns(_ANSWER)
    votes = failed.filter(pl.col("answer") != "").group_by("problem", "answer").agg(votes_rejected=pl.len())
    counted = candidates.with_columns(_ANSWER).join(votes, on=["problem", "answer"], how="left")
    keys, most = ["votes_rejected", *config.rank_by], config.per_problem
    right = side(candidates, "pass", config, most=most)
    wrong = side(counted, "fail", config, keys, most=most, further=["votes_rejected"])
    return sorted_by(paired(right, wrong.filter(pl.col("votes_rejected") > 0), config), *ABREAST)


def length_matched(candidates: pl.LazyFrame, config: PreferenceConfig) -> pl.DataFrame:
    """The pairs whose lengths differ least, by the longer one: nothing to be learned from length."""
    lengths = ("length", "length_rejected")
    apart = 1 - pl.min_horizontal(lengths) / pl.max_horizontal(lengths)
    right, wrong = (side(candidates, status, config) for status in ("pass", "fail"))
    return sorted_by(neighbours(right, wrong, config), apart, *BEST)


def _number(digits: pl.Expr) -> pl.Expr:
    return digits.str.to_integer(base=16, strict=False).fill_null(0).cast(pl.UInt64)


def _turned(keys: list[str]) -> list[str]:
    return [key.removeprefix("-") if key.startswith("-") else f"-{key}" for key in keys]
