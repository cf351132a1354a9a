"""What servers answered and had to be paid for: completions, steps of searches, rollouts, judgements."""

from __future__ import annotations

import polars as pl

from winnow.steps.ledger.tables import Tables

PAID = ("problem", "prompt_tokens", "completion_tokens", "cost", "latency", "server", "run", "created_at")
TOKENS = pl.col("prompt_tokens").fill_null(0) + pl.col("completion_tokens").fill_null(0)
"""What each of such rows took, prompts included."""
_NOBODY = pl.lit(None, pl.String).alias("server")


def sampled(tables: Tables) -> pl.LazyFrame:
    """One row an answer of the sampling, with `PAID` and `model`: a completion, or where it was searched each
    step that was asked for, since chains share those."""
    completions, nodes = tables.scan("completions"), tables.scan("nodes")
    if nodes.select("id").head(1).collect().is_empty():
        return completions.select(*PAID, "model")
    whole = completions.join(nodes.select("parameters").unique(), on="parameters", how="anti")
    model = completions.select(pl.col("model").drop_nulls().max())
    steps = nodes.select(PAID).join(model, how="cross")
    return pl.concat([whole.select(*PAID, "model"), steps])


def rolled(tables: Tables) -> pl.LazyFrame:
    """The same of rollouts: one that was judged again was paid for once."""
    once = tables.scan("rollouts").sort("created_at", "id").unique("rollout", keep="first")
    return once.with_columns(_NOBODY).select(PAID)


def judged(tables: Tables) -> pl.LazyFrame:
    """The same of judgements. None is left out: where one was asked for twice, it was paid for twice."""
    return tables.scan("judgements").with_columns(_NOBODY).select(PAID)


def answered(tables: Tables) -> pl.LazyFrame:
    """All that was answered, with `PAID`."""
    return pl.concat([sampled(tables).select(PAID), rolled(tables), judged(tables)])


def sums_of(answers: pl.LazyFrame) -> tuple[int, float]:
    """What such rows took in all: tokens, prompts included, and money."""
    found = answers.select(TOKENS.sum().alias("tokens"), pl.col("cost").sum()).collect().row(0)
    return int(found[0] or 0), float(found[1] or 0.0)


def by_problem(tables: Tables) -> pl.LazyFrame:
    """What each problem took: problem, prompt_tokens, completion_tokens, cost (null: unknown)."""
    tokens = [pl.col(name).sum().cast(pl.Int64) for name in ("prompt_tokens", "completion_tokens")]
    cost = pl.when(pl.col("cost").is_not_null().any()).then(pl.col("cost").sum()).alias("cost")
    return answered(tables).group_by("problem").agg(*tokens, cost)
