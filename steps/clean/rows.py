"""Which chosen rows say what an earlier one says, across all problems."""

from __future__ import annotations

import polars as pl

from winnow.steps.clean.config import CleanConfig
from winnow.steps.clean.drops import drops_of, told
from winnow.steps.clean.near import Likeness, alike_drops, near_duplicates

_WORD = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]|[\p{L}\p{N}]+"
_FEWEST = 10
"""Words: what is shorter, such as a bare answer, is said of many problems and is no duplicate."""


def dropped_rows(rows: pl.DataFrame, config: CleanConfig) -> pl.DataFrame:
    """Rows whose text is that of an earlier row or, by `near_duplicates.answers`, much like it.

    Rules: `duplicate_answer` and `near_duplicate_answer`, both only where `answers` is asked for. Of rows
    that are alike the first in the given order stays. Texts of under ten words are kept.

    Args:
        rows: columns row (any key), text.

    Returns:
        Columns row, rule, detail, in the order of `rows`.
    """
    near = config.near_duplicates
    if near is None or not near.answers:
        return drops_of(rows["row"].clear(), [])
    words = pl.col("text").str.count_matches(_WORD)
    every = rows.lazy().select("text").with_row_index("at").filter(words >= _FEWEST).collect()
    fresh = every["text"].is_first_distinct()
    left = every.filter(fresh)
    late = every.filter(~fresh).join(left.rename({"at": "first"}), on="text", maintain_order="left")
    del every
    first = rows["row"].gather(late["first"]).cast(pl.String)
    parts = [told(late["at"], "duplicate_answer", "the same answer as " + first)]
    found = near_duplicates(left["text"], Likeness(near.threshold, near.numbers))
    parts.append(alike_drops(left["at"], rows["row"].gather(left["at"]), found, "near_duplicate_answer"))
    return drops_of(rows["row"], parts)
