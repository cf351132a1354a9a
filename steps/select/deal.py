"""Out of all the pairs that a rule allows, those that are taken."""

from __future__ import annotations

import polars as pl

_TURN = 1 << 32  # more than the pairs that a problem may offer


def dealt(offered: pl.DataFrame, per_problem: int, most_uses: int, *, evenly: bool = False) -> pl.DataFrame:
    """At most `per_problem` pairs of each problem, in the order offered, no side in more than `most_uses`.

    A round takes the first pair that is left of every problem at once; there are `per_problem` rounds.

    Args:
        offered: columns problem, chosen, rejected and more; of each problem the best pair first.
        evenly: prefer, before the order, pairs whose sides have been taken least.

    Returns:
        The pairs taken, sorted by problem, with their `place` in it, from 0.
    """
    left = offered.select(  # numbers are compared faster than ids
        row=pl.int_range(pl.len()),
        problem=pl.col("problem").rank("dense"),
        chosen=pl.col("chosen").rank("dense"),
        rejected=pl.col("rejected").rank("dense"),
        chosen_uses=pl.lit(0, pl.Int64),
        rejected_uses=pl.lit(0, pl.Int64),
    )
    rounds = [left.select("row", place=pl.lit(0, pl.Int64)).clear()]
    turn = (pl.col("chosen_uses") + pl.col("rejected_uses")) * _TURN if evenly else 0
    for place in range(per_problem):
        if left.is_empty():
            break
        left = left.with_columns(turn=turn + pl.col("row")).with_columns(
            now=pl.col("turn") == pl.col("turn").min().over("problem")
        )
        rounds.append(left.filter("now").select("row", place=pl.lit(place, pl.Int64)))
        left = left.with_columns(
            pl.col(f"{side}_uses") + pl.col("now").any().over("problem", side)
            for side in ("chosen", "rejected")
        ).filter(~pl.col("now") & (pl.max_horizontal("chosen_uses", "rejected_uses") < most_uses))
    taken = pl.concat(rounds)
    rows = offered.with_columns(row=pl.int_range(pl.len())).join(taken, on="row").drop("row")
    return rows.sort("problem", "place")
