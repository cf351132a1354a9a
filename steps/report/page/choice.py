"""Which groups a page shows, where a run has more than anybody would look through."""

from __future__ import annotations

import polars as pl

GROUPS = 1_000
"""Groups a run, unless somebody asks for more."""
CANDIDATES = 32
"""Candidates of each; then all are shown where all groups are."""
_STRATA = 10


def chosen(groups: pl.DataFrame, limit: int | None) -> pl.DataFrame:
    """Of these groups those to show: all of them, or a sample in which each kind of group has its share.

    First come those in which the verifier broke or changed its mind, up to half of the sample; then equally
    many of each tenth of the pass rates, and of those that never and that always passed. Within a kind it
    goes by the problem's key, which is a hash: a fair draw, and always the same one.

    Args:
        groups: columns problem, n, n_pass, n_error, n_flip.

    Returns:
        The rows that are shown, in the order of their problems' keys.
    """
    if limit is None or groups.height <= limit:
        return groups.sort("problem")
    rate = pl.col("n_pass") / pl.col("n")
    inner = (rate * _STRATA).floor().clip(0, _STRATA - 1).cast(pl.Int64) + 1
    stratum = pl.when(pl.col("n_pass") == 0).then(0).when(rate == 1).then(_STRATA + 1).otherwise(inner)
    ordered = groups.sort("problem").with_columns(
        stratum=stratum.fill_null(0), odd=(pl.col("n_error") + pl.col("n_flip")) > 0
    )
    odd = ordered.filter("odd").head(limit // 2)
    rest = ordered.join(odd, on="problem", how="anti", maintain_order="left")
    turn = rest.with_columns(turn=pl.int_range(pl.len()).over("stratum")).sort("turn", "stratum", "problem")
    return pl.concat([odd.select(groups.columns), turn.head(limit - odd.height).select(groups.columns)]).sort(
        "problem"
    )


def shown_of(candidates: pl.DataFrame, limit: int | None) -> pl.DataFrame:
    """Of each group's candidates those to show: as many of each status as it has a share of, by index.

    Args:
        candidates: columns problem, completion, index, status.
    """
    if limit is None:
        return candidates
    place = pl.int_range(pl.len()).over("problem", "status")
    share = (place + 0.5) / pl.len().over("problem", "status")
    ordered = candidates.sort("problem", "index", "completion").with_columns(share=share)
    turn = ordered.sort("problem", "share", "index", "completion")
    kept = turn.filter(pl.int_range(pl.len()).over("problem") < limit)
    return kept.drop("share").sort("problem", "index", "completion")
