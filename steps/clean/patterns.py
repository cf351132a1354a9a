"""Regular expressions by Rust's engine, as polars runs them: their time is linear in the text."""

from __future__ import annotations

import polars as pl


def must_be_sound(pattern: str) -> None:
    """Refuse a pattern that the engine does not take, or that would match every text.

    Raises:
        ValueError: the message says why.
    """
    try:
        empty = pl.Series([""]).str.contains(pattern, strict=True).item()
    except pl.exceptions.ComputeError as broken:
        lines = [
            line.removeprefix("error: ") for line in str(broken).splitlines() if line.startswith("error: ")
        ]
        why = lines[0] if lines else str(broken).splitlines()[0]
        raise ValueError(f"{pattern!r} is no regular expression of Rust's: {why}") from None
    if empty:
        raise ValueError(f"{pattern!r} matches the empty text, and so every answer")
