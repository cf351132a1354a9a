"""Best of N: where nobody knows what is right, the better ones by reward."""

from __future__ import annotations

import polars as pl

from winnow.steps.ledger.view import FINISHED


def better(candidates: pl.LazyFrame) -> pl.LazyFrame:
    """Candidates whose status is not their verdict's, but that of their reward.

    Of a problem's completions that were not cut off, those above their mean reward pass, and those below it
    fail; what lies on it is skipped, and so is everything where all are alike. `score` is the reward, so that
    whoever ranks by verdicts takes the best of N (and as the worse side of a pair the worst of N; Cobbe et
    al. 2021, "Training Verifiers to Solve Math Word Problems", arXiv 2110.14168). A completion without a
    reward is none of either.

    Args:
        candidates: as `judged` gives them, with a scoring.
    """
    reward = pl.col("reward")
    # To nine digits of what lies between the best and the worst, whatever the scale: sums differ in their
    # last bits by the order of the rows, and with them those of the mean of what is all alike.
    least, most = reward.min().over("problem"), reward.max().over("problem")
    share = (reward - reward.mean().over("problem")) / (most - least)
    over = pl.when(most > least).then(share.round(9))
    status = (
        pl.when(over > 0).then(pl.lit("pass")).when(over < 0).then(pl.lit("fail")).otherwise(pl.lit("skip"))
    )
    scored = candidates.filter(FINISHED & reward.is_not_null())
    return scored.with_columns(status=status, score="reward")
