"""Answers that are too short or too long: in characters, and in tokens of the model that is to be trained."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from winnow.steps.clean.config import TokensConfig
from winnow.steps.clean.drops import told
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.secrets import expand

_BATCH = 1_000  # texts
_TOKENS_A_BYTE = 1  # of plain ASCII, at most
_OTHERS = 12  # of the rest: normalisation may make 18 characters of one of three bytes
_ADDED = 16  # tokens that a tokenizer may add


def bounded(texts: pl.Series, least: int, most: int | None) -> pl.DataFrame:
    """Answers of fewer than `least` or more than `most` characters: columns at (row), rule, detail."""
    frame = pl.DataFrame({"size": texts.str.len_chars()}).with_row_index("at")
    short = frame.filter(pl.col("size") < least)
    long = frame.filter(pl.col("size") > most) if most is not None else frame.clear()
    few, many = (pl.format("{} characters", pl.col("size")), pl.format("{} characters", pl.col("size")))
    return pl.concat(
        [
            told(short["at"], "min_characters", short.select(few).to_series()),
            told(long["at"], "max_characters", long.select(many).to_series()),
        ]
    )


def too_long(prompts: pl.Series, texts: pl.Series, config: TokensConfig) -> pl.DataFrame:
    """Answers that have, with their prompts, more tokens than the limit: columns at (row), rule, detail.

    What a chat template adds is not counted. Each different prompt is counted once, and texts whose bytes
    show that they are short are not counted at all.

    Raises:
        MissingError: the tokenizer is not there or cannot be reached.
        UsageError: it is no tokenizer.
    """
    limit = config.prompt_and_completion
    frame = pl.DataFrame({"prompt": prompts, "text": texts}).with_row_index("at")
    doubtful = frame.filter(_most("prompt") + _most("text") > limit)
    tokenizer = tokenizer_of(config)
    asked = doubtful["prompt"].unique(maintain_order=True)
    sizes = pl.DataFrame({"prompt": asked, "asked": _counted(tokenizer, asked)})
    counted = doubtful.with_columns(tokens=_counted(tokenizer, doubtful["text"])).join(sizes, on="prompt")
    long = counted.filter(pl.col("tokens") + pl.col("asked") > limit).sort("at")
    detail = pl.format("{} tokens, {} of them the prompt's", pl.col("tokens") + pl.col("asked"), "asked")
    return told(long["at"], "max_tokens", long.select(detail).to_series())


def _most(column: str) -> pl.Expr:
    """How many tokens a text may have, by its bytes."""
    size = pl.col(column).str.len_bytes().cast(pl.Int64)
    plain = size == pl.col(column).str.len_chars()
    return pl.when(plain).then(size * _TOKENS_A_BYTE).otherwise(size * _OTHERS) + _ADDED


def _counted(tokenizer: Any, texts: pl.Series) -> pl.Series:
    sizes: list[int] = []
    for some in texts.to_frame().iter_slices(_BATCH):
        batch = tokenizer.encode_batch_fast(some.to_series().to_list(), add_special_tokens=False)
        sizes += map(len, batch)
    return pl.Series(sizes, dtype=pl.Int64)


def tokenizer_of(config: TokensConfig) -> Any:
    """The tokenizer, loaded once.

    Raises:
        MissingError, UsageError: as `too_long`.
    """
    return _tokenizer(expand(config.tokenizer), config.revision)


@lru_cache(maxsize=2)
def _tokenizer(written: str, revision: str | None) -> Any:
    from tokenizers import Tokenizer

    path = Path(written).expanduser()
    path = path / "tokenizer.json" if path.is_dir() else path
    where = f"max_tokens: the tokenizer {written}"
    try:
        if path.is_file():
            tokenizer = Tokenizer.from_file(str(path))
        elif path.suffix == ".json" or path.is_absolute() or written.startswith((".", "~")):
            raise MissingError(f"{where} is not there: expected a tokenizer.json, or a folder that holds one")
        else:
            tokenizer = Tokenizer.from_pretrained(written, revision=revision or "main")
    except MissingError:
        raise
    except Exception as broken:  # the library raises plain exceptions
        what = str(broken).strip().partition("\n")[0]
        kind = UsageError if path.is_file() else MissingError
        raise kind(f"{where} cannot be loaded: {what}") from broken
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
