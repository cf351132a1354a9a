"""`sft`: whole conversations, each with an answer that passed."""

from __future__ import annotations

import polars as pl

from winnow.steps.build.columns import completion_provenance, of_completions
from winnow.steps.build.kinds.kind import Kind
from winnow.steps.build.messages import conversation
from winnow.steps.select.config import SftConfig
from winnow.steps.select.sft import select_sft, sft_reads


def _columns(
    selected: pl.DataFrame, problems: pl.LazyFrame, told: pl.LazyFrame, config: SftConfig
) -> pl.DataFrame:
    rows = of_completions(selected, problems, told)
    return rows.select(
        messages=conversation(config.messages), **completion_provenance(config, selected)
    ).collect()


SFT = Kind("sft", ("completion",), sft_reads, select_sft, _columns)
