"""CodeT: where tests are as doubtful as the programs, both are trusted as far as they agree."""

from __future__ import annotations

import polars as pl

from winnow.steps.ledger.view import FINISHED
from winnow.steps.select.candidates import share

_SAME = ["problem", "results"]


def agreed(candidates: pl.LazyFrame) -> pl.LazyFrame:
    """Candidates whose status is not their verdict's, but that of dual execution agreement.

    Candidates of a problem that pass the same set of tests are a group; its agreement is the number of its
    candidates times the number of these tests. The group with the most passes, where it passes any test; of
    two with as much, the one that came first. All others fail. `score` is the group's share of all
    candidates times its share of all tests. Truncated candidates count for nothing, and none that could not
    be judged does. (Chen et al. 2022, "CodeT: Code Generation with Generated Tests", arXiv 2207.10397.)

    Args:
        candidates: as `judged` gives them, by a verifier that tells the results of its tests.
    """
    proven = candidates.filter(pl.col("status").is_in(["pass", "fail"]) & FINISHED)
    passed = pl.col("results").str.count_matches("1").cast(pl.Int64)
    tests = pl.col("results").str.count_matches("[01]").max().over("problem").cast(pl.Int64)
    scored = proven.with_columns(passed=passed.fill_null(0), tests=tests.fill_null(0)).with_columns(
        agreement=pl.len().over(_SAME) * pl.col("passed"),
        since=pl.col("index").min().over(_SAME),
        whole=pl.len().over("problem") * pl.col("tests"),
    )
    most = pl.col("agreement").max().over("problem")
    first = pl.col("since").filter(pl.col("agreement") == most).min().over("problem")
    best = (pl.col("agreement") == most) & (pl.col("agreement") > 0) & (pl.col("since") == first)
    return scored.with_columns(
        status=pl.when(best).then(pl.lit("pass")).otherwise(pl.lit("fail")),
        score=pl.when(pl.col("whole") > 0).then(share(pl.col("agreement"), pl.col("whole"))).otherwise(0.0),
    ).drop("passed", "tests", "agreement", "since", "whole")
