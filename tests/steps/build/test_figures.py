"""Figures and bounds: what length tells, and how easy problems crowd."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.ledgers import FINGERPRINT, SAMPLING, VERIFIER, Told, write_ledger

from winnow.steps.build.config import BoundsConfig, BuildConfig
from winnow.steps.build.datasets import build_datasets
from winnow.steps.build.figures import exceeded, figures_of, tallied
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.schema import completion_row, now, problem_row, verdict_row
from winnow.steps.records import Candidate, Choice, Problem
from winnow.verifiers.verdict import Verdict

EASY: Told = [("p", "long and right"), ("p", "right"), ("p", "sure"), ("f", "no")]
HARD: Told = [("p", "right"), ("f", "a long wrong one"), ("f", "wrong"), ("f", "never")]


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.integers(1, 20), st.integers(1, 20)), min_size=1, max_size=20
    )
)
def test_they_are_their_definitions(pairs: list[tuple[str, int, int]]) -> None:
    schema = {"problem": pl.String, "length_chosen": pl.UInt32, "length_rejected": pl.UInt32}  # as counted
    rows = pl.DataFrame(pairs, schema=schema, orient="row")
    counts = pl.DataFrame({"problem": list("abcd"), "n": [4, 4, 4, 4], "n_pass": [1, 4, 2, 3], "n_fail": 0})
    found = figures_of(tallied(rows.lazy(), ("chosen", "rejected")), counts)
    of = len(pairs)
    assert found["rows"] == of
    assert found["problems"] == len({problem for problem, _, _ in pairs})
    longer = sum(1.0 if one > other else 0.5 if one == other else 0.0 for _, one, other in pairs)
    assert found["longer_is_chosen"] == pytest.approx(longer / of, abs=1e-4)
    assert found["easiest_quarter"] == pytest.approx(
        sum(problem == "b" for problem, _, _ in pairs) / of, abs=1e-4
    )
    assert found["length_chosen"] == pytest.approx(sum(one for _, one, _ in pairs) / of, abs=1e-4)


def test_a_dataset_without_a_row_has_no_shares() -> None:
    rows = pl.LazyFrame(schema={"problem": pl.String, "length_completion": pl.UInt32})
    counts = pl.DataFrame(
        schema={"problem": pl.String, "n": pl.UInt32, "n_pass": pl.UInt32, "n_fail": pl.UInt32}
    )
    assert figures_of(tallied(rows, ("completion",)), counts) == {"rows": 0, "problems": 0}


def test_a_bound_names_the_dataset_the_figure_and_the_fix() -> None:
    figures: dict[str, dict[str, float | int]] = {
        "preference": {"rows": 9, "longer_is_chosen": 0.2, "easiest_quarter": 0.1},
        "sft": {"rows": 9, "easiest_quarter": 0.77},
        "kto": {"rows": 0},
    }
    assert exceeded(figures, BoundsConfig()) == []
    assert exceeded(figures, BoundsConfig(longer_is_chosen=0.8, easiest_quarter=0.77)) == []
    longer, easiest = exceeded(figures, BoundsConfig(longer_is_chosen=0.7, easiest_quarter=0.5))
    assert longer.startswith("preference: the shorter side is the chosen one in 80.0%")
    assert "build.bounds.longer_is_chosen is 70.0%" in longer
    assert easiest.startswith("sft: 77.0% of its rows come from the easiest quarter")


def test_a_build_beyond_a_bound_is_not_put_in_place(tmp_path: Path) -> None:
    ledger = write_ledger(tmp_path / "l", [EASY, HARD, HARD[1:], HARD[1:]])
    free = build_datasets(ledger, FINGERPRINT, BuildConfig.both(), tmp_path)
    assert free.figures["sft"]["easiest_quarter"] == pytest.approx(2 / 3, abs=1e-4)
    bound = BuildConfig.model_validate({"sft": {}, "bounds": {"easiest_quarter": 0.5}})
    refused = build_datasets(ledger, FINGERPRINT, bound, tmp_path)
    assert len(refused.exceeded) == 1
    assert (tmp_path / "datasets").resolve().name == free.id
    assert (refused.folder / "sft").is_dir()


def test_where_no_verdict_says_right_or_wrong_nobody_knows_what_is_easy(tmp_path: Path) -> None:
    """A verifier that only extracts, and votes: not one of its verdicts is pass or fail."""
    ledger = Ledger(tmp_path / "l")
    problem = Problem("a", ({"role": "user", "content": "2 + 2?"},), {})
    ones = [Candidate(SAMPLING.key(problem.id, at), at, Choice(f"it is {at // 2}")) for at in (0, 1, 2)]
    verdicts = [Verdict.skipped("no answer is known", extracted=one.text) for one in ones]
    ledger.commit(
        {
            "problems": [problem_row(problem, "r")],
            "completions": [completion_row(problem.id, one, SAMPLING, "r", now()) for one in ones],
            "verdicts": [
                verdict_row(problem.id, one.id, verdict, VERIFIER, FINGERPRINT, "r", now())
                for one, verdict in zip(ones, verdicts, strict=True)
            ],
        }
    )
    rules = {"sft": {"trust": "votes"}, "bounds": {"easiest_quarter": 0.5}}
    build = build_datasets(ledger, FINGERPRINT, BuildConfig.model_validate(rules), tmp_path)
    assert build.figures == {"sft": {"rows": 1, "problems": 1, "length_completion": 7.0}}
    assert build.splits == {"train": {"problems": 1, "families": {"all": 1.0}}}
    assert build.exceeded == ()
