"""Answers that refuse: by how they begin."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from winnow.steps.clean.drops import told

_BEGINNING = 400  # characters in which a refusal begins
_SHOWN = 80
_NOT = "(?:can(?:not|'?t| not)|couldn't|(?:am|'m) (?:unable|not able) to|will not|won't)"
_DO = (
    "(?:be able to |directly |currently )?(?:assist|help|comply|fulfill?|provide|support|engage|participate|"
    "respond|answer|continue|discuss|create|generate|write|complete|produce|access|browse|offer|share|process|"
    "accommodate|do (?:that|this))\\b"
)
_MACHINE = "an? (?:ai|artificial intelligence|(?:large )?language model|virtual assistant|text-based)\\b"
_OPENINGS = (
    f"(?:(?:i'?m|i am|we are|we're) )?(?:really |very |so |terribly )?sorry,? (?:but )?(?:i|we) ?{_NOT}",
    "i (?:sincerely )?apologi[sz]e,? (?:but|for (?:the|any) (?:inconvenience|confusion),? but)",
    f"(?:unfortunately,? |sorry,? |however,? )?(?:but )?(?:i|we) ?{_NOT} {_DO}",
    f"as {_MACHINE}",
    f"i(?:'?m| am) (?:just |only )?{_MACHINE}",
    "i(?:'?m| am) (?:not comfortable|programmed to|not (?:allowed|permitted) to)",
    "i (?:do not|don't) (?:feel comfortable|have access to|have the ability to|have personal)",
    "(?:this|that|your) (?:request|question|prompt) (?:violates|goes against|is not something i)",
    "i must (?:respectfully )?(?:decline|refuse)\\b",
)
_OWN = "(?i)^\\W{0,8}(?:" + "|".join(_OPENINGS) + ")"


def refusals(texts: pl.Series, also: Sequence[str] = ()) -> pl.DataFrame:
    """Answers that begin with a refusal, in English or by a pattern of the user's.

    Args:
        also: regular expressions in Rust's syntax, searched for in the first 400 characters.

    Returns:
        Columns at (row), rule, detail.
    """
    beginning = pl.col("text").str.strip_chars().str.slice(0, _BEGINNING).str.replace_all("\u2019", "'")
    said = pl.coalesce(*(beginning.str.extract(pattern, 0) for pattern in (_OWN, *also)))
    frame = texts.alias("text").to_frame().with_row_index("at").with_columns(said=said)
    found = frame.filter(pl.col("said").is_not_null())
    return told(found["at"], "refusal", "refuses: " + found["said"].str.strip_chars().str.slice(0, _SHOWN))
