"""`kto`: a prompt, one answer to it, and whether that passed."""

from __future__ import annotations

import polars as pl

from winnow.steps.build.columns import completion_provenance, of_completions
from winnow.steps.build.kinds.kind import Kind
from winnow.steps.build.messages import answer_of, prompt_of
from winnow.steps.select.config import KtoConfig
from winnow.steps.select.labels import kto_reads, select_kto


def _columns(
    selected: pl.DataFrame, problems: pl.LazyFrame, told: pl.LazyFrame, config: KtoConfig
) -> pl.DataFrame:
    rows = of_completions(selected, problems, told)
    return rows.select(
        prompt=prompt_of(config.messages),
        completion=answer_of(config.messages),
        label="label",
        **completion_provenance(config, selected),
    ).collect()


KTO = Kind("kto", ("completion",), kto_reads, select_kto, _columns)
