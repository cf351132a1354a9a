"""`grpo`: problems for a policy that answers them itself."""

from __future__ import annotations

import polars as pl

from winnow.steps.build.columns import of_problems, problem_provenance
from winnow.steps.build.kinds.kind import Kind
from winnow.steps.build.messages import prompt_of
from winnow.steps.select.config import GrpoConfig
from winnow.steps.select.problems import grpo_reads, select_grpo


def _columns(
    selected: pl.DataFrame, problems: pl.LazyFrame, told: pl.LazyFrame, config: GrpoConfig
) -> pl.DataFrame:
    # What a reward function needs may be more than an answer, tests say: then it is the whole reference.
    known = pl.coalesce(pl.col("reference").str.json_path_match("$.answer"), "reference")
    answer = pl.col("answer") if config.trust == "votes" else known
    return (
        of_problems(selected, problems)
        .select(
            prompt=prompt_of(config.messages),
            answer=answer,
            id="problem",
            pass_rate="pass_rate",
            **problem_provenance(config),
        )
        .collect()
    )


GRPO = Kind("grpo", (), grpo_reads, select_grpo, _columns)
