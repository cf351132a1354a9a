"""The conversation that a row shows, by the setting `messages`, as columns of chat messages."""

from __future__ import annotations

import polars as pl

from winnow.steps.select.config import MessagesConfig
from winnow.steps.select.said import shown, thought

_MESSAGE = {"role": pl.String, "content": pl.String}
_SYSTEMS = ["system", "developer"]


def prompt_of(config: MessagesConfig, sampling: str = "sampling") -> pl.Expr:
    """What is said before the answer: the column `messages`, with the system prompt that is asked for.

    Args:
        sampling: the column that has the parameters of the sampling, as JSON; read for `system: sampled`.
    """
    own = pl.col("messages")
    said = own.list.filter(~pl.element().struct.field("role").is_in(_SYSTEMS))
    if config.system == "keep":
        prompt = own
    elif config.system == "drop":
        prompt = said
    elif config.system == "sampled":
        told = pl.col(sampling).str.json_path_match("$.system")
        prompt = pl.when(told != "").then(pl.concat_list(_system(told), own)).otherwise(own)
    else:
        prompt = pl.concat_list(_system(pl.lit(config.system)), said)
    return _wider(prompt, config)


def answer_of(config: MessagesConfig, side: str = "") -> pl.Expr:
    """The assistant's message alone, as a list, of the columns `text` and `reasoning`.

    Args:
        side: the suffix of these columns.
    """
    fields = {"role": pl.lit("assistant"), "content": shown(config, f"text{side}")}
    if config.thinking == "field":
        fields[config.field] = pl.coalesce(pl.col(f"reasoning{side}"), thought(pl.col(f"text{side}")))
    return pl.concat_list(pl.struct([value.alias(name) for name, value in fields.items()]))


def conversation(config: MessagesConfig, sampling: str = "sampling", side: str = "") -> pl.Expr:
    """Prompt and answer as one list of messages."""
    return pl.concat_list(prompt_of(config, sampling), answer_of(config, side))


def _system(text: pl.Expr) -> pl.Expr:
    return pl.struct(role=pl.lit("system"), content=text).cast(pl.Struct(_MESSAGE))


def _wider(messages: pl.Expr, config: MessagesConfig) -> pl.Expr:
    """The messages with the field for thoughts, null: those in one list have the same fields."""
    if config.thinking != "field":
        return messages
    fields = [pl.element().struct.field(name) for name in _MESSAGE]
    return messages.list.eval(pl.struct(*fields, pl.lit(None, pl.String).alias(config.field)))
