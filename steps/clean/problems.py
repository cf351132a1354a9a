"""Which problems no dataset should have: asked before, or asked by an evaluation set."""

from __future__ import annotations

import polars as pl

from winnow.steps.clean.config import CleanConfig
from winnow.steps.clean.drops import drops_of, told
from winnow.steps.clean.indices import overlap_with
from winnow.steps.clean.near import Likeness, alike_drops, near_duplicates
from winnow.steps.ledger.view import MESSAGES

_ROLE, _CONTENT = (pl.element().struct.field(name) for name in ("role", "content"))
_SYSTEMS = ["system", "developer"]


def dropped_problems(problems: pl.LazyFrame | pl.DataFrame, config: CleanConfig) -> pl.DataFrame:
    """Problems that are dropped with all their candidates.

    Rules: `duplicate_prompt` (all messages equal but for white space, and their roles; always),
    `near_duplicate_prompt` and `contaminated` (by what is said beside system prompts). Of problems that are
    alike the first by `source_id` stays; what is contaminated is nobody's first.

    Args:
        problems: columns problem, source_id, conversation (JSON: chat messages).

    Returns:
        Columns problem, rule, detail, in the order of `source_id`.

    Raises:
        MissingError, UsageError: an evaluation set cannot be read.
    """
    every = problems.lazy().select("problem", "source_id", "conversation").collect()
    every = every.sort("source_id", "problem", "conversation")
    every = every.unique("problem", keep="first", maintain_order=True)
    every = every.with_columns(prompt=_said()).with_row_index("at")
    parts = []
    left = every
    if config.decontaminate:
        found = overlap_with(config.decontaminate).drops(every["prompt"])
        parts.append(told(found["at"], "contaminated", found["detail"]))
        left = left.join(found, on="at", how="anti", maintain_order="left")
    equal = left.with_columns(whole=_whole()).select(
        "at",
        "source_id",
        "prompt",
        first=pl.col("source_id").first().over("whole"),
        late=pl.col("whole").is_first_distinct().not_(),
    )
    late = equal.filter("late")
    parts.append(told(late["at"], "duplicate_prompt", "the same prompt as " + late["first"]))
    left = equal.filter(~pl.col("late"))
    if config.near_duplicates and config.near_duplicates.prompts:
        like = Likeness(config.near_duplicates.threshold, config.near_duplicates.numbers, templates=True)
        found = near_duplicates(left["prompt"], like)
        parts.append(alike_drops(left["at"], left["source_id"], found, "near_duplicate_prompt"))
    return drops_of(every["problem"], parts)


def _said() -> pl.Expr:
    """What is said in a conversation beside system prompts."""
    said = _CONTENT.filter(~_ROLE.is_in(_SYSTEMS))
    return pl.col("conversation").str.json_decode(MESSAGES).list.eval(said).list.join("\n\n")


def _whole() -> pl.Expr:
    """All messages of a conversation without spare blanks, a line for each with its role."""
    spaced = _CONTENT.str.replace_all(r"\s+", " ").str.strip_chars()
    line = pl.format("{} {}", _ROLE, spaced)
    return pl.col("conversation").str.json_decode(MESSAGES).list.eval(line).list.join("\n")
