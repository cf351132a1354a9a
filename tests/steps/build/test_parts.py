"""A build in many parts has the rows of a build at once."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from support.ledgers import FINGERPRINT, SAMPLING, Told, problem_of, write_ledger
from support.rewards import rows_of

from winnow.steps.build.config import BuildConfig
from winnow.steps.build.datasets import Build, build_datasets
from winnow.steps.ledger import Ledger
from winnow.steps.scoring import Member, Reward, Scoring

CONFIG = BuildConfig.model_validate({"sft": {}, "preference": {}, "splits": {"validation": 0.2, "test": 0.2}})
groups = st.lists(
    st.lists(st.tuples(st.sampled_from("pfesc"), st.sampled_from(["a", " a", "b", "cc", "ddd"])), max_size=6),
    max_size=8,
)


def rows(build: Build, kind: str, split: str) -> pl.DataFrame:
    return pl.read_parquet(build.folder / kind / f"{split}-*.parquet").sort("id")


@settings(max_examples=8, deadline=None)
@given(groups)
def test_in_parts_as_at_once(told: list[Told]) -> None:
    with tempfile.TemporaryDirectory() as name:
        one, other = Path(name) / "one", Path(name) / "other"
        ledger = write_ledger(Path(name) / "ledger", told)
        whole = build_datasets(ledger, FINGERPRINT, CONFIG, one)
        parts = build_datasets(ledger, FINGERPRINT, CONFIG, other, part_rows=3)
        assert whole.figures == parts.figures
        for kind in ("sft", "preference"):
            for split in CONFIG.splits.names:
                assert rows(whole, kind, split).equals(rows(parts, kind, split))
        assert not list((other / "builds").glob("*/parts"))


@settings(max_examples=5, deadline=None)
@given(groups)
def test_in_parts_the_order_of_files_does_not_matter(told: list[Told]) -> None:
    with tempfile.TemporaryDirectory() as name:
        one, other = Path(name) / "one", Path(name) / "other"
        first = build_datasets(write_ledger(one / "l", told), FINGERPRINT, CONFIG, one, part_rows=4)
        backwards = write_ledger(other / "l", told, backwards=True)
        second = build_datasets(backwards, FINGERPRINT, CONFIG, other, part_rows=4)
        assert first.files == second.files


REWARDED = BuildConfig.model_validate(
    {"sft": {"rank_by": ["verdict", "reward"]}, "preference": {"trust": "reward"}, "candidates": {}}
)
SCORING = Scoring((Member("s", "prod"), Member("t")), "majority")


def rewarded(root: Path, told: list[Told], *, backwards: bool = False) -> Ledger:
    """The ledger of these groups, with two scorers' rewards for each completion that is long enough."""
    ledger, rows = write_ledger(root, told, backwards=backwards), []
    for number, one in enumerate(told):
        problem = problem_of(number).id
        for index, (_, text) in enumerate(one):
            key = SAMPLING.key(problem, index)
            rows += rows_of(problem, [(key, Reward(steps=(len(text) / 5, 0.3 + index / 10)))])
            rows += rows_of(problem, [(key, Reward(0.5 - len(text) / 10))], "t") if len(text) > 1 else []
    ledger.commit({"rewards": rows[::-1] if backwards else rows})
    return ledger


@settings(max_examples=8, deadline=None)
@given(groups)
def test_rewards_in_parts_and_in_any_order(told: list[Told]) -> None:
    with tempfile.TemporaryDirectory() as name:
        builds = [
            build_datasets(
                rewarded(Path(name) / f"l{at}", told, backwards=at == 2),
                FINGERPRINT,
                REWARDED,
                Path(name) / f"b{at}",
                scoring=SCORING,
                part_rows=part_rows,
            )
            for at, part_rows in enumerate((1000, 3, 3))
        ]
        for kind in ("sft", "preference", "candidates"):
            first, *others = [rows(build, kind, "train") for build in builds]
            assert all(first.equals(other) for other in others)
        known = {len(text) > 1 for one in told for letter, text in one}
        given_ = rows(builds[0], "candidates", "train")["reward"]
        assert (given_.is_not_null().any()) == (True in known)
        assert builds[1].files == builds[2].files
