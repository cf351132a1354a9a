"""What counts as right, and which problems are neither too easy nor too hard."""

from __future__ import annotations

import polars as pl

from winnow.steps.select.agreement import agreed
from winnow.steps.select.better import better
from winnow.steps.select.candidates import share
from winnow.steps.select.config import TrustingConfig
from winnow.steps.select.reviews import ruled
from winnow.steps.select.votes import voted


def trust_reads(config: TrustingConfig) -> frozenset[str]:
    """The columns of `FURTHER` that it takes to know what is right."""
    return frozenset({"extracted"}) if config.trust == "votes" else frozenset()


def trusted(candidates: pl.LazyFrame, config: TrustingConfig) -> pl.LazyFrame:
    """Candidates with the status that the recipe trusts, of the problems in its band of pass rates.

    Where reviews count, people have the last word.
    """
    known = _known(candidates, config)
    if config.pass_rate == [0.0, 1.0]:
        return known
    return known.join(_within(candidates, known, config), on="problem", how="semi")


def pass_rates(candidates: pl.LazyFrame, config: TrustingConfig) -> pl.LazyFrame:
    """Of each problem in the band its `pass_rate`: right ones by all that were judged, the cut off with them.

    Columns: problem, pass_rate.
    """
    return _within(candidates, _known(candidates, config), config)


def answers(candidates: pl.LazyFrame, config: TrustingConfig) -> pl.LazyFrame:
    """The `answer` of each problem by `trust: votes`, as its first voter wrote it (and `problem`)."""
    right = _known(candidates, config).filter(pl.col("status") == "pass")
    firsts = right.sort("problem", "index", "completion").unique("problem", keep="first", maintain_order=True)
    return firsts.select("problem", answer=pl.col("extracted").str.strip_chars())


def _known(candidates: pl.LazyFrame, config: TrustingConfig) -> pl.LazyFrame:
    known = candidates
    if config.trust == "agreement":
        known = agreed(candidates)
    elif config.trust == "reward":
        known = better(candidates)
    elif config.trust == "votes":
        known = voted(candidates, config.min_share or 0.5)
    return ruled(known)


def _within(candidates: pl.LazyFrame, known: pl.LazyFrame, config: TrustingConfig) -> pl.LazyFrame:
    low, high = config.pass_rate
    asked = candidates.group_by("problem").agg(n=(pl.col("status") != "error").sum())
    right = known.group_by("problem").agg(right=(pl.col("status") == "pass").sum())
    rates = asked.filter(pl.col("n") > 0).join(right, on="problem", how="left")
    shares = rates.select("problem", pass_rate=share(pl.col("right").fill_null(0), pl.col("n")))
    return shares.filter(pl.col("pass_rate").is_between(low, high))
