"""`reward`: pairs for a reward model, with the margin by which their rewards should differ."""

from __future__ import annotations

import polars as pl

from winnow.steps.build.columns import of_pairs, pair_provenance
from winnow.steps.build.kinds.kind import Kind
from winnow.steps.build.messages import answer_of, conversation, prompt_of
from winnow.steps.select.config import RewardConfig
from winnow.steps.select.preference import pair_reads, select_pairs


def _columns(
    selected: pl.DataFrame, problems: pl.LazyFrame, told: pl.LazyFrame, config: RewardConfig
) -> pl.DataFrame:
    said, asked = config.messages, "sampling_chosen"
    if config.prompt == "implicit":
        sides = {side: conversation(said, asked, f"_{side}") for side in ("chosen", "rejected")}
    else:
        sides = {side: answer_of(said, f"_{side}") for side in ("chosen", "rejected")}
        sides = {"prompt": prompt_of(said, asked), **sides}
    return (
        of_pairs(selected, problems, told)
        # A trainer takes no null; without a margin the loss is the plain one of Bradley and Terry.
        .select(**sides, margin=pl.col("margin").fill_null(0.0), **pair_provenance(config, selected))
        .collect()
    )


REWARD = Kind("reward", ("chosen", "rejected"), pair_reads, select_pairs, _columns)
