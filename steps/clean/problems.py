"""Which problems no dataset should have: asked before, or asked by an evaluation set."""

from __future__ import annotations

import polars as pl

from winnow.steps.clean.config import CleanConfig
from winnow.steps.clean.drops import drops_of, told
from winnow.steps.clean.indices import overlap_with
from winnow.steps.clean.near import Likeness, alike_drops, near_duplicates


def dropped_problems(problems: pl.LazyFrame | pl.DataFrame, config: CleanConfig) -> pl.DataFrame:
    """Problems that are dropped with all their candidates.

    Rules: `duplicate_prompt` (equal but for white space; always), `near_duplicate_prompt`, `contaminated`.
    Of problems that are alike the first by `source_id` stays; what is contaminated is nobody's first.

    Args:
        problems: columns problem, source_id, prompt (plain text of what the user says).

    Returns:
        Columns problem, rule, detail, in the order of `source_id`.

    Raises:
        MissingError, UsageError: an evaluation set cannot be read.
    """
    every = problems.lazy().select("problem", "source_id", "prompt").collect()
    every = every.sort("source_id", "problem", "prompt").unique("problem", keep="first", maintain_order=True)
    every = every.with_row_index("at")
    parts = []
    left = every
    if config.decontaminate:
        found = overlap_with(config.decontaminate).drops(every["prompt"])
        parts.append(told(found["at"], "contaminated", found["detail"]))
        left = left.join(found, on="at", how="anti", maintain_order="left")
    spaced = pl.col("prompt").str.replace_all(r"\s+", " ").str.strip_chars()
    first = pl.col("source_id").first().over(spaced)
    equal = left.with_columns(first=first, late=spaced.is_first_distinct().not_())
    late = equal.filter("late")
    parts.append(told(late["at"], "duplicate_prompt", "the same prompt as " + late["first"]))
    left = equal.filter(~pl.col("late"))
    if config.near_duplicates and config.near_duplicates.prompts:
        like = Likeness(config.near_duplicates.threshold, config.near_duplicates.numbers, templates=True)
        found = near_duplicates(left["prompt"], like)
        parts.append(alike_drops(left["at"], left["source_id"], found, "near_duplicate_prompt"))
    return drops_of(every["problem"], parts)
