"""`candidates`: everything that was judged, right or wrong, for others to choose from.

The answer stands in `candidate`, which no trainer reads: nobody is to train on what failed by mistake.
"""

from __future__ import annotations

import polars as pl

from winnow.steps.build.columns import completion_provenance, of_completions
from winnow.steps.build.kinds.kind import Kind, nothing
from winnow.steps.build.messages import answer_of, prompt_of
from winnow.steps.select.config import CandidatesConfig
from winnow.steps.select.problems import select_candidates


def _columns(
    selected: pl.DataFrame, problems: pl.LazyFrame, told: pl.LazyFrame, config: CandidatesConfig
) -> pl.DataFrame:
    rows = of_completions(selected, problems, told)
    return rows.select(
        prompt=prompt_of(config.messages),
        candidate=answer_of(config.messages),
        **completion_provenance(config, selected),
        reason="reason",
        results="results",
        finish_reason="finish_reason",
        logprob="logprob",
    ).collect()


CANDIDATES = Kind("candidates", ("completion",), nothing, select_candidates, _columns)
