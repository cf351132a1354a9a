"""`stepwise`: an answer as reasoning steps, each with a label that is proven."""

from __future__ import annotations

import polars as pl

from winnow.steps.build.columns import completion_provenance, of_completions
from winnow.steps.build.kinds.kind import Kind
from winnow.steps.build.messages import prompt_of
from winnow.steps.select.config import StepwiseConfig
from winnow.steps.select.labels import select_stepwise, stepwise_reads
from winnow.steps.select.reasoning import reasoning_steps
from winnow.steps.select.said import shown


def _columns(
    selected: pl.DataFrame, problems: pl.LazyFrame, told: pl.LazyFrame, config: StepwiseConfig
) -> pl.DataFrame:
    rows = of_completions(selected, problems, told)
    texts = prompt_of(config.messages).list.eval(pl.element().struct.field("content"))
    before = pl.lit(True).repeat_by(pl.col("completions").list.len() - 1)
    steps = shown(config.messages).map_elements(
        lambda text: list(reasoning_steps(text)), return_dtype=pl.List(pl.String)
    )
    labels = pl.concat_list(before, "label")
    shares: dict[str, pl.Expr] = {}
    if "shares" in selected.columns:  # of rollouts
        labels, shares = pl.coalesce("labels", labels), {"shares": pl.col("shares")}
    return (
        rows.with_columns(completions=steps)
        .with_columns(labels=labels)
        .select(
            prompt=texts.list.join("\n\n"),
            completions=pl.col("completions").list.head(pl.col("labels").list.len()),
            labels="labels",
            **shares,
            **completion_provenance(config, selected),
        )
        .collect()
    )


STEPWISE = Kind("stepwise", ("completion",), stepwise_reads, select_stepwise, _columns)
