"""Columns of builds as trainers want them: expressions over chat messages."""

from __future__ import annotations

import polars as pl

TURNS = "prompts of an optional system message, then user and assistant by turns, the user last"
ONE_TURN = "prompts of an optional system message and one user message"
PLAIN_ROLES = "prompts of system, user and assistant messages"


def but_last(messages: str) -> pl.Expr:
    """All messages but the last one."""
    return pl.col(messages).list.head(pl.col(messages).list.len() - 1)


def last(messages: str) -> pl.Expr:
    """The last message, in a list of its own."""
    return pl.col(messages).list.tail(1)


def explicit(rows: pl.DataFrame) -> pl.DataFrame:
    """Pairs with a `prompt` of their own, also where both sides were whole conversations."""
    if "prompt" in rows.columns or "chosen" not in rows.columns:
        return rows
    return rows.with_columns(prompt=but_last("chosen"), chosen=last("chosen"), rejected=last("rejected"))


def thoughts_in(rows: pl.DataFrame) -> str | None:
    """The field of messages in which thoughts stand apart from the text, where there is one."""
    for kind in rows.schema.values():
        inner = kind.inner if isinstance(kind, pl.List) else None
        if isinstance(inner, pl.Struct):
            names = [field.name for field in inner.fields]
            further = sorted({*names} - {"role", "content"})
            if "role" in names and further:
                return further[0]
    return None


def text_of(messages: str, role: str) -> pl.Expr:
    """What is said in the first message of a role; an empty string where there is none."""
    of_role = pl.col(messages).list.eval(
        pl.element().struct.field("content").filter(pl.element().struct.field("role") == role)
    )
    return of_role.list.first().fill_null("")


def content(messages: pl.Expr) -> pl.Expr:
    """What the first of these messages says."""
    return messages.list.first().struct.field("content")


def trained(messages: str) -> pl.Expr:
    """The messages, each with `train`: whether it is the last one."""
    marked = [
        part.list.eval(pl.element().struct.with_fields(pl.lit(train).alias("train")))
        for part, train in ((but_last(messages), False), (last(messages), True))
    ]
    return pl.concat_list(marked)


def ending_a_line(text: str) -> pl.Expr:
    """A prompt that the first reasoning step does not run into: trainers put nothing between the two."""
    return pl.col(text).str.strip_chars_end("\n") + "\n"


def by_turns(prompt: pl.Expr) -> pl.Expr:
    """Whether a prompt is what `TURNS` says."""
    return _roles(prompt).str.contains(r"^(system )?user( assistant user)*$")


def of_one_turn(prompt: pl.Expr) -> pl.Expr:
    """Whether a prompt is what `ONE_TURN` says."""
    return _roles(prompt).str.contains(r"^(system )?user$")


def of_plain_roles(prompt: pl.Expr) -> pl.Expr:
    """Whether a prompt is what `PLAIN_ROLES` says."""
    return _roles(prompt).str.contains(r"^(system|user|assistant)( (system|user|assistant))*$")


def _roles(messages: pl.Expr) -> pl.Expr:
    return messages.list.eval(pl.element().struct.field("role")).list.join(" ")
