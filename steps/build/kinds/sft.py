"""`sft`: whole conversations, each with an answer that passed."""

from __future__ import annotations

import polars as pl

from winnow.steps.build.columns import ORDER, PROBLEM, assistant
from winnow.steps.build.kinds.kind import Kind, nothing
from winnow.steps.select.config import SftConfig
from winnow.steps.select.sft import select_sft


def _columns(
    selected: pl.DataFrame, problems: pl.LazyFrame, told: pl.LazyFrame, config: SftConfig
) -> pl.DataFrame:
    rows = selected.lazy().join(problems, on="problem").join(told, on="completion").sort(ORDER)
    return rows.select(
        messages=pl.concat_list("messages", assistant("text")),
        id="completion",
        verdict="status",
        score="score",
        extracted="extracted",
        problem_id="problem",
        **PROBLEM,
        verifier="verifier",
        verifier_version="verifier_version",
        model="model",
        sampling="sampling",
        seed="seed",
        index="index",
        tokens="tokens",
    ).collect()


SFT = Kind("sft", ("completion",), nothing, select_sft, _columns)
