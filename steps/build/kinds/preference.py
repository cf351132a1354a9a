"""`preference`: a prompt with an answer that passed and one that failed."""

from __future__ import annotations

import polars as pl

from winnow.steps.build.columns import of_pairs, pair_provenance
from winnow.steps.build.kinds.kind import Kind
from winnow.steps.build.messages import answer_of, prompt_of
from winnow.steps.select.config import PreferenceConfig
from winnow.steps.select.preference import pair_reads, select_pairs


def _columns(
    selected: pl.DataFrame, problems: pl.LazyFrame, told: pl.LazyFrame, config: PreferenceConfig
) -> pl.DataFrame:
    rows = of_pairs(selected, problems, told)
    return rows.select(
        prompt=prompt_of(config.messages, "sampling_chosen"),
        chosen=answer_of(config.messages, "_chosen"),
        rejected=answer_of(config.messages, "_rejected"),
        margin="margin",
        **pair_provenance(config, selected),
    ).collect()


PREFERENCE = Kind("preference", ("chosen", "rejected"), pair_reads, select_pairs, _columns)
