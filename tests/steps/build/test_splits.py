"""Splits: by problem, in the shares that were asked for, and never another when the ledger grows."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from support.ledgers import FINGERPRINT, Told, write_ledger

from winnow.steps.build.config import BuildConfig, SplitsConfig
from winnow.steps.build.datasets import Build, build_datasets
from winnow.steps.build.figures import splits_of
from winnow.steps.records import canonical

CONFIG = BuildConfig.model_validate(
    {"sft": {"per_problem": 4}, "preference": {}, "splits": {"validation": 0.3, "test": 0.3}}
)
groups = st.lists(
    st.lists(st.tuples(st.sampled_from("pf"), st.sampled_from("abcdef")), min_size=1, max_size=4), max_size=10
)


def splits_of_rows(build: Build) -> dict[str, set[str]]:
    """The splits in which each problem has rows, over all datasets."""
    found: dict[str, set[str]] = {}
    for file in build.files:
        split = file.path.partition("/")[2].partition("-")[0]
        for problem in pl.read_parquet(build.folder / file.path)["problem_id"]:
            found.setdefault(problem, set()).add(split)
    return found


@settings(max_examples=8, deadline=None)
@given(groups, st.lists(st.tuples(st.sampled_from("pf"), st.sampled_from("ghij")), max_size=3))
def test_no_problem_is_in_two_and_none_moves(told: list[Told], more: Told) -> None:
    with tempfile.TemporaryDirectory() as name:
        one, other = Path(name) / "one", Path(name) / "other"
        before = splits_of_rows(build_datasets(write_ledger(one / "l", told), FINGERPRINT, CONFIG, one))
        grown = [*([*group, *more] for group in told), [("p", "new"), ("f", "problem")]]
        after = splits_of_rows(build_datasets(write_ledger(other / "l", grown), FINGERPRINT, CONFIG, other))
    assert all(len(splits) == 1 for splits in after.values())
    assert {problem: after[problem] for problem in before if problem in after} == {
        problem: splits for problem, splits in before.items() if problem in after
    }


def test_shares_are_what_was_asked_for() -> None:
    config = SplitsConfig(validation=0.1, test=0.2)
    prompts = [canonical([{"role": "user", "content": f"question {at}"}]) for at in range(5000)]
    counts = pl.Series([config.of(prompt) for prompt in prompts]).value_counts()
    shares = {name: count / len(prompts) for name, count in counts.iter_rows()}
    assert shares == pytest.approx({"train": 0.7, "validation": 0.1, "test": 0.2}, abs=0.02)


def test_what_is_held_out_stays_so_when_more_is() -> None:
    prompts = [f"{at}" for at in range(500)]
    few, many = SplitsConfig(test=0.1), SplitsConfig(test=0.1, validation=0.2)
    assert [few.of(one) == "test" for one in prompts] == [many.of(one) == "test" for one in prompts]
    assert [SplitsConfig(test=0.1, seed=1).of(one) for one in prompts] != [few.of(one) for one in prompts]


def test_something_is_left_to_train_on() -> None:
    with pytest.raises(ValidationError, match="nothing to train on"):
        SplitsConfig(validation=0.5, test=0.5)


def test_every_split_has_a_file_also_an_empty_one(tmp_path: Path) -> None:
    build = build_datasets(write_ledger(tmp_path / "l", [[("p", "a")]]), FINGERPRINT, CONFIG, tmp_path)
    assert sorted(path.partition("/")[2].partition("-")[0] for path in build.paths("sft")) == [
        "test",
        "train",
        "validation",
    ]
    assert build.rows("sft") == 1


def test_sources_and_difficulty_are_dealt_out_evenly() -> None:
    """By hash each split is a fair sample: of 4,000 problems it may be off by some hundredths."""
    config = SplitsConfig(validation=0.25, test=0.25)
    problems = pl.DataFrame(
        {
            "split": [config.of(f"{at}") for at in range(4000)],
            "family": ["abcd"[at % 4] for at in range(4000)],
            "n": [10] * 4000,
            "n_pass": [at // 4 % 11 for at in range(4000)],
            "n_fail": [10 - at // 4 % 11 for at in range(4000)],
        }
    )
    told = splits_of(problems)
    assert sum(one["problems"] for one in told.values()) == 4000
    for one in told.values():
        assert one["pass_rate"] == pytest.approx(0.5, abs=0.03)
        assert all(share == pytest.approx(0.25, abs=0.04) for share in one["families"].values())


def test_the_manifest_tells_what_each_split_is_like(tmp_path: Path) -> None:
    told: list[Told] = [[("p", "a"), ("f", "b")] for _ in range(30)]
    build = build_datasets(write_ledger(tmp_path / "l", told), FINGERPRINT, CONFIG, tmp_path)
    splits = json.loads((build.folder / "manifest.json").read_text())["splits"]
    assert {name: one["problems"] for name, one in splits.items()} == {
        name: len({problem for problem, found in splits_of_rows(build).items() if name in found})
        for name in CONFIG.splits.names
    }
    assert {one["pass_rate"] for one in splits.values()} == {0.5}
    assert {tuple(one["families"]) for one in splits.values()} == {("sums",)}
