"""What a completion says outside its thoughts, for whole columns of texts.

Hardly any text has a thought; so those that may have one are found by polars, and only these are read by
the verifiers' own reader of thoughts, which has the last word.
"""

from __future__ import annotations

import re

import polars as pl

from winnow.steps.records import key_of
from winnow.steps.select.config import MessagesConfig
from winnow.verifiers.golden.thinking import TAGS, without_thoughts

_NAMES = "|".join(re.escape(tag) for tag in TAGS if tag.isalpha())
_BRACKETED = "|".join(
    re.escape(form) for tag in TAGS if not tag.isalpha() for form in (tag, f"{tag[0]}/{tag[1:]}")
)
_MAY_THINK = rf"<\|channel\|>|</?(?:\w+:)?(?i:{_NAMES})\s*>|{_BRACKETED}"
# What stands around a thought: the tags themselves, and the marks of OpenAI's harmony format. It does not
# begin with white space: a page of that, with no tag behind it, would be tried from each of its lines.
_AROUND = re.compile(
    rf"<\|[a-z]+\|>(?:(?:assistant|analysis|final)\b)?|</?(?:\w+:)?(?i:{_NAMES})\s*>|{_BRACKETED}"
)


def shown(config: MessagesConfig, text: str = "text") -> pl.Expr:
    """What a row shows of a column of texts."""
    return pl.col(text) if config.thinking == "keep" else said(pl.col(text))


def said(text: pl.Expr) -> pl.Expr:
    """Each text without its thoughts and the blanks around them; empty where it is nothing but a thought."""
    return pl.coalesce(_of_thinkers(text, lambda one: without_thoughts(one).strip()), text)


def said_digest(text: pl.Expr, digest: pl.Expr) -> pl.Expr:
    """The digest of what each text says outside its thoughts, `digest` being that of the text."""
    return pl.coalesce(_of_thinkers(text, lambda one: key_of(without_thoughts(one).strip())), digest)


def said_length(text: pl.Expr, length: pl.Expr) -> pl.Expr:
    """How many characters of each text `said` shows, `length` being those of the whole."""
    return pl.coalesce(_of_thinkers(text, lambda one: len(without_thoughts(one).strip()), pl.Int32), length)


def shown_length(config: MessagesConfig, side: str = "") -> pl.Expr:
    """How many characters a row shows, of the columns `text` and `length` with the suffix `side`."""
    text, length = pl.col(f"text{side}"), pl.col(f"length{side}")
    return length if config.thinking == "keep" else said_length(text, length)


def thought(text: pl.Expr) -> pl.Expr:
    """What each text says inside its thoughts, without their tags; null where it has none."""
    return _of_thinkers(text, thought_of)


def thought_of(text: str) -> str | None:
    """What `text` says before its answer; None where it says nothing there.

    >>> thought_of("<think>\\nis it 41?\\n</think>\\n\\nIt is 42."), thought_of("It is 42.")
    ('is it 41?', None)
    >>> thought_of("<|channel|>analysis<|message|>is it 41?<|end|>"
    ...            "<|start|>assistant<|channel|>final<|message|>It is 42.")
    'is it 41?'
    """
    answer = without_thoughts(text)
    parts = map(str.strip, _AROUND.split(text[: len(text) - len(answer)]))
    return "\n".join(part for part in parts if part) or None


def _of_thinkers(text: pl.Expr, read: object, gives: type[pl.DataType] = pl.String) -> pl.Expr:
    may = pl.when(text.str.contains(_MAY_THINK)).then(text)
    return may.map_elements(read, return_dtype=gives, skip_nulls=True)  # type: ignore[arg-type]
