"""Weights of an ensemble: fitted on what a verifier has judged, and worth it on other problems."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from support.rewards import rows_of

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.rewards import rewards_of
from winnow.steps.ledger.schema import now, verdict_row
from winnow.steps.report.weights import fit_weights, weights_of
from winnow.steps.scoring import Member, Reward, Scoring
from winnow.verifiers import Verdict, load

NAMES = ["good", "fair", "turned", "chance"]


def world(seed: int, problems: int = 150, n: int = 8) -> pl.DataFrame:
    """Completions of which one scorer knows much, another on a wider scale less, a third the contrary, and a
    fourth nothing; each adds something of the problem, which tells no completion from another."""
    draw, rows = random.Random(seed), []
    for problem in range(problems):
        hard = draw.gauss(0, 3)
        for at in range(n):
            right = draw.random() < 0.5
            told = [
                draw.gauss(right, 0.7),
                draw.gauss(20 * right, 30),
                draw.gauss(-right, 2),
                draw.gauss(0, 1),
            ]
            names = zip(NAMES, (hard + one for one in told), strict=True)
            rows.append(
                {"problem": str(problem), "completion": f"{problem}-{at}", "right": right, **dict(names)}
            )
    return pl.DataFrame(rows)


def chosen(candidates: pl.DataFrame, weights: list[float]) -> float:
    """How often the best of a problem's completions by these weights is right."""
    score = pl.sum_horizontal(pl.col(name) * one for name, one in zip(NAMES, weights, strict=True))
    best = candidates.sort(score, descending=True).unique("problem", keep="first", maintain_order=True)
    return float(best["right"].mean())  # type: ignore[arg-type]


def test_weights_choose_better_than_each_scorer_and_than_their_mean() -> None:
    weights, others = weights_of(world(1), NAMES), world(2, problems=600)
    assert sum(map(abs, weights)) == pytest.approx(1.0, abs=1e-5)
    by = dict(zip(NAMES, weights, strict=True))
    assert by["good"] > 0 > by["turned"] and abs(by["chance"]) < 0.2 * by["good"]
    assert 0 < by["fair"] < 0.1 * by["good"]  # it is on a wider scale
    single = [chosen(others, list(row)) for row in np.eye(4)]
    assert chosen(others, weights) > max(*single, chosen(others, [1.0] * 4))
    assert weights == weights_of(world(1).sample(fraction=1, shuffle=True, seed=3), NAMES)


def test_a_scale_changes_nothing_but_its_weight() -> None:
    """A number of characters beside a probability: its weight is tiny, and still as exact."""
    told, wide = world(1), 1e7
    weights = weights_of(told, NAMES)
    scaled = weights_of(told.with_columns(pl.col("fair") * wide), NAMES)
    shares = [one * (wide if name == "fair" else 1) for one, name in zip(scaled, NAMES, strict=True)]
    assert [one / shares[0] for one in shares] == pytest.approx(
        [one / weights[0] for one in weights], rel=1e-4
    )


def test_fitted_on_a_ledger_and_read_by_it(tmp_path: Path) -> None:
    told, verifier = world(1, problems=30), load({"type": "number"})
    rows = told.to_dicts()
    judged = [
        verdict_row(
            row["problem"],
            row["completion"],
            Verdict.passed() if row["right"] else Verdict.failed("no"),
            verifier,
            verifier.fingerprint,
            "r",
            now(),
        )
        for row in rows
    ]
    rewards = [
        one
        for name in NAMES
        for row in rows
        for one in rows_of(row["problem"], [(row["completion"], Reward(row[name]))], name)
    ]
    ledger = Ledger(tmp_path / "ledger")
    ledger.commit({"verdicts": judged, "rewards": rewards})
    members = tuple(map(Member, NAMES))
    weights = fit_weights(ledger, Scoring(members), verifier.fingerprint)
    assert weights == weights_of(told, NAMES)
    found = rewards_of(ledger, Scoring(members, weights=tuple(weights))).collect()
    by_id = dict(found.iter_rows())
    total = sum(map(abs, weights))
    for row in rows:
        wanted = sum(row[name] * one / total for name, one in zip(NAMES, weights, strict=True))
        assert by_id[row["completion"]] == pytest.approx(wanted)
    with pytest.raises(ValueError, match="no problem has both"):
        fit_weights(ledger, Scoring(members), "another")
