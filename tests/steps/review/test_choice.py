"""What is sent: which rows, the same each time; as records that tell nobody which side was chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from support.ledgers import FINGERPRINT, write_ledger

from winnow.steps.build.config import BuildConfig
from winnow.steps.build.datasets import build_datasets
from winnow.steps.build.reading import Built, read_built
from winnow.steps.errors import UsageError
from winnow.steps.review.choice import chosen_rows, order_of
from winnow.steps.review.config import ArgillaConfig
from winnow.steps.review.forms import FORMS
from winnow.steps.review.records import record_of
from winnow.steps.review.subjects import subject_of


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A build of 20 problems, of which problem `at` was solved in `at` of 20 tries."""
    run = tmp_path_factory.mktemp("run")
    groups = [
        [("p" if one < at else "f", f"<b>{at}</b> by way {one}") for one in range(20)] for at in range(1, 20)
    ]
    config = BuildConfig.model_validate({"sft": {"per_problem": 1}, "preference": {"per_problem": 1}})
    build_datasets(write_ledger(run / "ledger", groups), FINGERPRINT, config, run)
    (run / "manifest.json").write_text("{}")
    return read_built(run / "datasets", owner=run)


@pytest.mark.parametrize("kind", ["sft", "preference"])
@pytest.mark.parametrize("choose", ["random", "uncertain"])
def test_more_records_are_more_of_the_same(built: Built, kind: str, choose: Any) -> None:
    few, many = (chosen_rows(built, kind, choose, count)["subject"].to_list() for count in (5, 12))
    assert len(few) == 5
    assert many[:5] == few
    assert len(set(many)) == 12


def test_those_first_that_are_likely_to_be_wrong(built: Built) -> None:
    rows = chosen_rows(built, "sft", "uncertain", 3)
    assert rows["pass_rate"].to_list() == [0.05, 0.1, 0.15]
    drawn = chosen_rows(built, "sft", "random", 19)["pass_rate"].to_list()
    assert drawn != sorted(drawn)


def test_what_the_reward_speaks_against_comes_first() -> None:
    told = pl.DataFrame(
        {
            "subject": ["a", "b", "c", "d"],
            "sure": [0.5, 0.5, 0.5, 0.5],
            "rate": [0.5, 0.5, 0.5, 0.5],
            "against": [None, 0.5, -2.0, 0.1],
            "family": ["x", "x", "x", "y"],
        }
    )
    assert order_of(told, "disagreement")["subject"].to_list() == ["c", "d", "b", "a"]
    assert order_of(told, "disagreement", "family")["subject"].to_list() == ["c", "d", "b", "a"]
    y_last = told.with_columns(family=pl.Series(["y", "x", "x", "x"]))
    assert order_of(y_last, "disagreement", "family")["subject"].to_list() == ["c", "a", "d", "b"]


def test_without_rewards_none_disagrees(built: Built) -> None:
    with pytest.raises(UsageError, match="no row of sft has a reward"):
        chosen_rows(built, "sft", "disagreement", 5)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from("xyz")), unique_by=lambda one: one[0], max_size=10)
)
def test_the_order_is_no_matter_of_the_rows_order(rows: list[tuple[int, str]]) -> None:
    told = pl.DataFrame(
        [{"subject": str(at), "sure": 0.5, "rate": at % 3, "against": None, "family": f} for at, f in rows],
        schema={"subject": pl.String, "sure": pl.Float64, "rate": pl.Int64, "against": pl.Float64}
        | {"family": pl.String},
    )
    for by in (None, "family"):
        one = order_of(told, "uncertain", by)["subject"].to_list()  # type: ignore[arg-type]
        assert order_of(told.reverse(), "uncertain", by)["subject"].to_list() == one  # type: ignore[arg-type]


def test_an_answer_as_a_record(built: Built) -> None:
    (row,) = chosen_rows(built, "sft", "uncertain", 1).to_dicts()
    record = record_of("sft", row, "uncertain")
    assert record["external_id"] == row["id"]
    assert record["fields"]["prompt"] == [{"role": "user", "content": "question 0"}]
    assert "<b>" not in record["fields"]["answer"]
    expected = {
        "verdict": "pass",
        "family": "sums",
        "model": "model",
        "chosen_by": "uncertain",
    }
    assert record["metadata"] == {**expected, "pass_rate": 0.05, "length": row["length"]}
    assert set(record) == {"external_id", "fields", "metadata"}  # no suggestion


def test_a_pair_tells_nobody_which_was_chosen(built: Built) -> None:
    a_is_chosen = 0
    rows = chosen_rows(built, "preference", "random", 19)
    for row in rows.iter_rows(named=True):
        record = record_of("preference", row, "random")
        chosen, rejected = row["id"].split("-")
        subject = subject_of(record["external_id"])
        assert {subject.first, subject.second} == {chosen, rejected}
        assert record["external_id"] == "-".join(sorted((chosen, rejected)))
        texts = {chosen: row["chosen"][0]["content"], rejected: row["rejected"][0]["content"]}
        shown = [record["fields"][side].replace("&lt;", "<").replace("&#62;", ">") for side in "ab"]
        assert shown == [texts[subject.first], texts[str(subject.second)]]
        a_is_chosen += subject.first == chosen
        turned = {**row, "id": f"{rejected}-{chosen}", "chosen": row["rejected"], "rejected": row["chosen"]}
        assert record_of("preference", turned, "random")["fields"] == record["fields"]
    assert 2 < a_is_chosen < 17


def test_what_machines_think_is_hidden_and_nothing_that_decides_is_optional() -> None:
    for form in FORMS.values():
        seen = {one["name"] for one in form.metadata if one["visible_for_annotators"]}
        assert seen == {"family"}
        assert form.questions[0]["required"]
        assert form.questions[0]["name"] in ("right", "better")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("records", 0),
        ("choose", "best"),
        ("dataset", "a b"),
        ("by", "problem"),
        ("api_url", "argilla"),
        ("key", "x"),
    ],
)
def test_config(key: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        ArgillaConfig.model_validate({"dataset": "sums", key: value})


def test_the_files_that_nobody_has_rows_in(tmp_path: Path, built: Built) -> None:
    assert chosen_rows(built, "kto", "random", 5).is_empty()
