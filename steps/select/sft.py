"""SFT: the best verified completions of each problem."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter

import polars as pl

from winnow.steps.select.alike import code, equations
from winnow.steps.select.candidates import column_of, ranked, usable, usable_reads
from winnow.steps.select.config import DIVERSITY, SftConfig
from winnow.steps.select.reviews import of_reviewed, who
from winnow.steps.select.said import shown
from winnow.steps.select.spread import farthest_first, one_of_each
from winnow.steps.select.trust import trust_reads, trusted

FEW = 32
"""Of each problem so many are compared, those that rank first; more where more rows are wanted."""
_ALIKE = {"equations": equations, "code": code}
_COLUMNS = ("problem", "place", "completion", "score", "reward")


def sft_reads(config: SftConfig) -> frozenset[str]:
    """The columns of `FURTHER` that choosing rows takes."""
    texts = {"text"} if _compares(config) else set()
    return usable_reads(config.messages) | texts | trust_reads(config)


def select_sft(candidates: pl.LazyFrame, config: SftConfig) -> pl.DataFrame:
    """At most `per_problem` distinct completions of a problem that passed and were not cut off.

    Args:
        candidates: as `judged` gives them, with `sft_reads`.

    Returns:
        Columns problem, place (from 0, the best first), completion, score, reward; and `WHO`, where reviews
        count.
    """
    known = of_reviewed(trusted(candidates, config))
    right = usable(known, "pass", config.messages)
    keys = [key for key in config.rank_by if key != DIVERSITY]
    ordered = ranked(right, keys)
    if _compares(config):
        few = ordered.filter(pl.col("place") < max(FEW, config.per_problem))
        ordered = _compared(few.collect(), config).lazy()
    return ordered.filter(pl.col("place") < config.per_problem).select(*_COLUMNS, *who(candidates)).collect()


def _compares(config: SftConfig) -> bool:
    return config.distinct != "text" or DIVERSITY in config.rank_by


def _compared(ordered: pl.DataFrame, config: SftConfig) -> pl.DataFrame:
    """What is left of each problem, in its new order, of rows that are sorted by all other ranks."""
    diverse = DIVERSITY in config.rank_by
    before = [column_of(key) for key in config.rank_by[: config.rank_by.index(DIVERSITY)]] if diverse else []
    tier = pl.struct("problem", *before).rle_id().alias("tier")
    rows = ordered.select(pl.int_range(pl.len()), "problem", shown(config.messages), tier).rows()
    kept: list[int] = []
    for _, group in groupby(rows, key=itemgetter(1)):
        places, _, texts, tiers = zip(*group, strict=True)
        left = list(range(len(texts)))
        if config.distinct != "text":
            left = sorted(one_of_each(texts, [_ALIKE[config.distinct](text) for text in texts]))
        if diverse:
            chosen = farthest_first(
                [texts[at] for at in left], config.per_problem, [tiers[at] for at in left]
            )
            left = [left[at] for at in chosen]
        kept += [places[at] for at in left]
    return ordered[kept].with_columns(place=pl.int_range(pl.len()).over("problem"))
