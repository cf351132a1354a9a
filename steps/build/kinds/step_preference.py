"""`step_preference`: a prompt, and two answers that part in their last step.

Both messages begin alike, so that a trainer needs to know nothing of half answers: in DPO's loss what they
share cancels out, in its value as in its gradient, and what is left is the loss of Step-DPO, whose prompts
end in the shared beginning (docs/datasets.md).
"""

from __future__ import annotations

import polars as pl

from winnow.steps.build.columns import of_problems, problem_provenance
from winnow.steps.build.kinds.kind import Kind, Known
from winnow.steps.build.messages import prompt_of
from winnow.steps.ledger.rollouts import passed
from winnow.steps.select.config import StepPreferenceConfig
from winnow.steps.select.siblings import pairs_by_scores
from winnow.steps.select.step_pairs import frame_of, pairs_by_labels, select_step_pairs, step_pair_reads


def _pool(known: Known, config: StepPreferenceConfig) -> pl.LazyFrame:
    if config.by == "tree":
        pairs = pairs_by_scores(known.tables, known.candidates, known.scoring, config)
    else:
        pairs = pairs_by_labels(known.candidates, passed(known.tables, known.verifier), config)
    return known.cleaned(frame_of(pairs).collect()).lazy()


def _columns(
    selected: pl.DataFrame, problems: pl.LazyFrame, told: pl.LazyFrame, config: StepPreferenceConfig
) -> pl.DataFrame:
    rows = of_problems(selected, problems)
    names = (
        "prefix",
        "step_chosen",
        "step_rejected",
        "score_chosen",
        "score_rejected",
        "completion_rejected",
    )
    return rows.select(
        prompt=prompt_of(config.messages),
        chosen=_said("step_chosen"),
        rejected=_said("step_rejected"),
        margin="margin",
        id="id",
        by=pl.lit(config.by),
        **{name: pl.col(name) for name in names},
        **{name: pl.col(name) for name in ("length_chosen", "length_rejected")},
        **problem_provenance(config),
        sampling="sampling",
    ).collect()


def _said(step: str) -> pl.Expr:
    content = pl.concat_str("prefix", step)
    return pl.concat_list(pl.struct(pl.lit("assistant").alias("role"), content.alias("content")))


STEP_PREFERENCE = Kind("step_preference", (), step_pair_reads, select_step_pairs, _columns, _pool)
