"""A build in many parts has the rows of a build at once."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from support.ledgers import FINGERPRINT, Told, write_ledger

from winnow.steps.build.config import BuildConfig
from winnow.steps.build.datasets import Build, build_datasets

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
