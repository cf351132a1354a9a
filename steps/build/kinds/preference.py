"""`preference`: a prompt with an answer that passed and one that failed."""

from __future__ import annotations

import polars as pl

from winnow.steps.build.columns import ORDER, PROBLEM, assistant
from winnow.steps.build.kinds.kind import Kind, nothing
from winnow.steps.select.config import PreferenceConfig
from winnow.steps.select.preference import select_pairs


def _columns(
    selected: pl.DataFrame, problems: pl.LazyFrame, told: pl.LazyFrame, config: PreferenceConfig
) -> pl.DataFrame:
    rows = selected.lazy().join(problems, on="problem")
    for side in ("chosen", "rejected"):
        rows = rows.join(
            told.select(pl.all().name.suffix(f"_{side}")), left_on=side, right_on=f"completion_{side}"
        )
    return (
        rows.sort(ORDER)
        .select(
            prompt="messages",
            chosen=pl.concat_list(assistant("text_chosen")),
            rejected=pl.concat_list(assistant("text_rejected")),
            id=pl.concat_str("chosen", pl.lit("-"), "rejected"),
            verdict_chosen="status_chosen",
            verdict_rejected="status_rejected",
            score_chosen="score_chosen",
            score_rejected="score_rejected",
            reason_rejected="reason_rejected",
            problem_id="problem",
            **PROBLEM,
            verifier="verifier_chosen",
            verifier_version="verifier_version_chosen",
            model="model_chosen",
            sampling="sampling_chosen",
        )
        .collect()
    )


PREFERENCE = Kind("preference", ("chosen", "rejected"), nothing, select_pairs, _columns)
