"""Labels of reasoning steps for whole columns of answers, by the rollouts that a ledger holds."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from winnow.steps.ledger.rollouts import prefix_key
from winnow.steps.ledger.view import FINISHED
from winnow.steps.process.config import MOST_STEPS, LabelConfig
from winnow.steps.process.labelling import Labels, Verdicts, look
from winnow.steps.select.reasoning import prefixes

LABELS = ("labels", "shares")
READS = frozenset({"text", "sampling"})
"""The columns of `FURTHER` that it takes."""
_SCHEMA = {
    "completion": pl.String(),
    "labels": pl.List(pl.Boolean()),
    "shares": pl.List(pl.Float64()),
}


def labelled(candidates: pl.LazyFrame, rollouts: Mapping[str, Verdicts], config: LabelConfig) -> pl.LazyFrame:
    """The candidates with `labels`, of their reasoning steps up to the first bad one or all, and `shares`
    (see `Labels`); both null where not enough rollouts are known, as for whatever did not fail.

    Args:
        candidates: as `judged` gives them, with `READS`.
        rollouts: verdicts by prefix, as `statuses` gives them.
    """
    wrong = candidates.filter((pl.col("status") == "fail") & FINISHED) if rollouts else candidates.head(0)
    told = wrong.select("completion", "problem", "sampling", "text").collect().iter_rows()
    rows = [
        (completion, list(found.good), None if found.shares is None else list(found.shares))
        for completion, problem, asked, text in told
        if (found := _labels(problem, asked, text, rollouts, config)) is not None
    ]
    labels = pl.LazyFrame(rows, schema=_SCHEMA, orient="row")
    return candidates.join(labels, on="completion", how="left", maintain_order="left")


def _labels(
    problem: str, told: str, text: str, rollouts: Mapping[str, Verdicts], config: LabelConfig
) -> Labels | None:
    before = prefixes(text)
    if not 0 < len(before) < MOST_STEPS:
        return None
    keys = [prefix_key(problem, told, prefix) for prefix in before]
    held = {at: rollouts[key] for at, key in enumerate(keys, 1) if key in rollouts}
    found = look(len(keys) + 1, held, config) if held else None
    return found if isinstance(found, Labels) else None
