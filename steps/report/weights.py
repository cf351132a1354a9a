"""What each scorer of an ensemble should count, fitted on completions that a verifier has judged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from winnow.steps.ledger.rewards import members_of
from winnow.steps.ledger.tables import Tables
from winnow.steps.ledger.view import latest_verdicts
from winnow.steps.scoring import Scoring
from winnow.verifiers import Status

_RIDGE = 0.01  # holds the weights where a scorer never errs
_STEPS = 100


def fit_weights(tables: Tables, scoring: Scoring, verifier: str) -> list[float]:
    """The `weights` of an ensemble's scorers by which what passed comes before what failed.

    Fit on some problems and choose on others: on the same ones the ensemble would look better than it is.

    Raises:
        ValueError: no problem has both a completion that passed and one that failed, with all rewards.
    """
    judged = latest_verdicts(tables, verifier).select("completion", "status")
    rewarded = members_of(tables, scoring).join(judged, on="completion")
    known = rewarded.filter(pl.col("status").is_in([Status.PASS, Status.FAIL])).drop_nulls()
    columns = [f"reward{at}" for at in range(len(scoring.members))]
    right = (pl.col("status") == Status.PASS).alias("right")
    return weights_of(known.select("problem", "completion", right, *columns).collect(), columns)


def weights_of(candidates: pl.DataFrame, columns: Sequence[str]) -> list[float]:
    """As `fit_weights`, of a frame with the columns problem, completion, right, and one of each scorer.

    A logistic regression on differences of rewards within a problem, so only what tells its completions apart
    counts, whatever the scale of a scorer (Bradley and Terry's model, with a little ridge); each problem
    counts as much. The weights are for the rewards as they are; their absolute values sum up to 1.

    >>> rows = {"problem": ["a"] * 3, "completion": ["1", "2", "3"], "right": [True, True, False],
    ...         "sharp": [0.9, 0.8, 0.1], "none": [0.5, 0.5, 0.5]}
    >>> weights_of(pl.DataFrame(rows), ["sharp", "none"])
    [1.0, 0.0]
    """
    pairs, counts = _differences(candidates.sort("problem", "completion"), columns)
    if not len(pairs):
        raise ValueError("no problem has both a completion that passed and one that failed")
    scale = np.sqrt((pairs**2).mean(0))
    scale[scale == 0] = 1.0
    fitted = _fitted(pairs / scale, 1 / counts / (1 / counts).sum()) / scale
    total = np.abs(fitted).sum()
    # Of digits, not of decimals: the weight of a scorer on a wide scale is a small number.
    return [float(f"{one:.6g}") + 0.0 for one in (fitted / total if total else fitted)]


def _differences(
    candidates: pl.DataFrame, columns: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """By how much each right completion is above each wrong one of its problem, and how many such pairs that
    problem has."""
    found, counts = [np.empty((0, len(columns)))], [np.empty(0)]
    for group in candidates.partition_by("problem", maintain_order=True):
        right = group.filter("right").select(columns).to_numpy()
        wrong = group.filter(~pl.col("right")).select(columns).to_numpy()
        pairs = (right[:, None] - wrong[None]).reshape(-1, len(columns))
        found.append(pairs)
        counts.append(np.full(len(pairs), float(len(pairs))))
    return np.concatenate(found), np.concatenate(counts)


def _fitted(pairs: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weights of the greatest likelihood, by Newton's method; the problem is convex."""
    weights = np.zeros(pairs.shape[1])
    for _ in range(_STEPS):
        wrong = 1 / (1 + np.exp(np.clip(pairs @ weights, -500, 500)))  # how likely the pair is turned round
        slope = -pairs.T @ (shares * wrong) + _RIDGE * weights
        bend = (pairs * (shares * wrong * (1 - wrong))[:, None]).T @ pairs + _RIDGE * np.eye(len(weights))
        step = np.linalg.solve(bend, slope)
        weights = weights - step
        if np.abs(step).max() < 1e-10:
            break
    return weights
