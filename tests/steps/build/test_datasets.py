"""Datasets: what may stand in them, that they repeat to the byte, and that a build is whole or not there."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from datasets import load_dataset
from hypothesis import given, settings
from hypothesis import strategies as st
from support.ledgers import FINGERPRINT, Told, problem_of, write_ledger

from winnow.steps.build.config import BuildConfig
from winnow.steps.build.datasets import Build, build_datasets
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.ledger import Ledger

BOTH = BuildConfig.both()
GROUPS: list[Told] = [
    [("p", "right and long"), ("f", "wrong"), ("p", "right"), ("f", "wrong too"), ("p", "right")],
    [("p", "all right"), ("p", "right again")],
    [("f", "all wrong"), ("f", "wrong again")],
    [("c", "cut"), ("f", "no"), ("e", "?"), ("s", "-"), ("p", " ")],
]


def rows(build: Build, name: str) -> list[dict[str, Any]]:
    return pl.read_parquet(build.folder / name / "*.parquet").to_dicts()


def built(root: Path, groups: list[Told], config: BuildConfig = BOTH) -> Build:
    return build_datasets(write_ledger(root / "ledger", groups), FINGERPRINT, config, root)


def test_sft_has_the_best_distinct_verified_completions(tmp_path: Path) -> None:
    sft = rows(built(tmp_path, GROUPS), "sft")
    told = [(row["source_id"], row["messages"][-1]["content"]) for row in sft]
    assert told == [
        ("p0000", "right"),
        ("p0000", "right and long"),
        ("p0001", "all right"),
        ("p0001", "right again"),
    ]
    first = sft[0]
    assert first["messages"][0] == {"role": "user", "content": "question 0"}
    assert first["messages"][-1]["role"] == "assistant"
    assert first["verdict"] == "pass"
    assert (first["n"], first["n_pass"], first["index"], first["model"]) == (5, 3, 2, "model")
    assert json.loads(first["reference"]) == {"answer": 0}


def test_pairs_are_the_best_against_the_worst(tmp_path: Path) -> None:
    pairs = rows(built(tmp_path, GROUPS), "preference")
    told = [(row["source_id"], row["chosen"][0]["content"], row["rejected"][0]["content"]) for row in pairs]
    assert told == [("p0000", "right", "wrong too"), ("p0000", "right and long", "wrong")]
    assert pairs[0]["prompt"] == [{"role": "user", "content": "question 0"}]
    assert pairs[0]["verdict_chosen"] == "pass"
    assert pairs[0]["verdict_rejected"] == "fail"


def test_only_what_is_asked_for_is_built(tmp_path: Path) -> None:
    build = built(tmp_path, GROUPS, BuildConfig(sft=BOTH.sft))
    assert [file.path for file in build.files] == ["sft/train-00000-of-00001.parquet"]
    assert build.rows("preference") == 0


def test_trainers_columns_do_not_clash(tmp_path: Path) -> None:
    """TRL trains on something else where `messages` stands beside `prompt`, `completion` or `chosen`."""
    build = built(tmp_path, GROUPS)
    trained = {
        "messages",
        "prompt",
        "completion",
        "completions",
        "chosen",
        "rejected",
        "label",
        "labels",
        "text",
    }
    assert set(rows(build, "sft")[0]) & trained == {"messages"}
    assert set(rows(build, "preference")[0]) & trained == {"prompt", "chosen", "rejected"}


def test_datasets_read_both(tmp_path: Path) -> None:
    build = built(tmp_path, GROUPS)
    for name, count in (("sft", 4), ("preference", 2)):
        files = str(build.folder / name / "*.parquet")
        loaded = load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache"))
        assert loaded.num_rows == count == build.rows(name)


groups = st.lists(
    st.lists(
        st.tuples(st.sampled_from("pfesc"), st.sampled_from(["a", " a", "b", "cc", "", "ddd\n"])), max_size=8
    ),
    max_size=5,
)


@settings(max_examples=25, deadline=None)
@given(groups, st.integers(1, 3))
def test_what_may_stand_in_a_dataset(told: list[Told], per_problem: int) -> None:
    config = BuildConfig.model_validate(
        {"sft": {"per_problem": per_problem}, "preference": {"per_problem": per_problem}}
    )
    with tempfile.TemporaryDirectory() as name:
        build = built(Path(name), told, config)
        sft, pairs = rows(build, "sft"), rows(build, "preference")
    verdicts = {
        (problem_of(at).source_id, text): set[str]() for at, one in enumerate(told) for _, text in one
    }
    for at, one in enumerate(told):
        for letter, text in one:
            verdicts[problem_of(at).source_id, text].add(letter)
    for row in sft:
        assert "p" in verdicts[row["source_id"], row["messages"][-1]["content"]]
        assert row["messages"][-1]["content"].strip()
    for row in pairs:
        chosen, rejected = row["chosen"][0]["content"], row["rejected"][0]["content"]
        assert chosen.strip() != rejected.strip()
        assert "p" in verdicts[row["source_id"], chosen]
        assert "f" in verdicts[row["source_id"], rejected]
    for name in {row["source_id"] for row in sft}:
        texts = [row["messages"][-1]["content"].strip() for row in sft if row["source_id"] == name]
        assert len(texts) == len(set(texts)) <= per_problem


@settings(max_examples=10, deadline=None)
@given(groups)
def test_equal_ledgers_give_equal_bytes(told: list[Told]) -> None:
    with tempfile.TemporaryDirectory() as name:
        one, other = Path(name) / "one", Path(name) / "other"
        first = build_datasets(write_ledger(one / "l", told), FINGERPRINT, BOTH, one)
        second = build_datasets(write_ledger(other / "l", told, backwards=True), FINGERPRINT, BOTH, other)
        assert first.files == second.files
        assert first.id == second.id


def test_a_run_that_was_copied_without_its_links_is_told(tmp_path: Path) -> None:
    """No room is lacking: what stands where the link belongs must be moved away."""
    built(tmp_path, GROUPS)
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path, copy, symlinks=False, ignore=shutil.ignore_patterns("copy"))
    with pytest.raises(UsageError, match=r"copy/datasets is no link to a build: .* Move it away"):
        build_datasets(Ledger(copy / "ledger"), FINGERPRINT, BOTH, copy)
    (copy / "datasets").rename(tmp_path / "away")
    assert build_datasets(Ledger(copy / "ledger"), FINGERPRINT, BOTH, copy).files


def test_a_build_replaces_the_last_one_in_one_step(tmp_path: Path) -> None:
    first = built(tmp_path, GROUPS)
    manifest = json.loads((first.folder / "manifest.json").read_text())
    assert manifest == json.loads(json.dumps(first.told))
    again = build_datasets(Ledger(tmp_path / "ledger"), FINGERPRINT, BOTH, tmp_path)
    assert again.id == first.id
    smaller = build_datasets(Ledger(tmp_path / "ledger"), FINGERPRINT, BuildConfig(sft=BOTH.sft), tmp_path)
    assert smaller.id != first.id
    assert (tmp_path / "datasets").is_symlink()
    assert not (tmp_path / "datasets" / "preference").exists()
    assert (tmp_path / "previous" / "preference").exists()
    last = build_datasets(Ledger(tmp_path / "ledger"), FINGERPRINT, BuildConfig(), tmp_path)
    kept = sorted(path.name for path in (tmp_path / "builds").iterdir())
    assert kept == sorted([smaller.id, last.id])  # that before them can be made again


def test_a_build_that_cannot_be_written_leaves_the_last_one(tmp_path: Path) -> None:
    first = built(tmp_path, GROUPS)
    before = (first.folder / "manifest.json").read_bytes()
    (tmp_path / "builds" / first.id).rename(tmp_path / "kept")
    (tmp_path / "builds").rmdir()
    (tmp_path / "builds").write_text("in the way")
    with pytest.raises(MissingError, match="datasets cannot be written"):
        build_datasets(Ledger(tmp_path / "ledger"), FINGERPRINT, BOTH, tmp_path)
    assert (tmp_path / "kept" / "manifest.json").read_bytes() == before


def test_a_text_that_was_judged_both_ways_proves_nothing(tmp_path: Path) -> None:
    """Equal but for white space, once right and once wrong: neither side takes it, and others move up."""
    group: Told = [("p", "A"), ("p", "longer"), ("f", "A\n"), ("f", "C")]
    build = built(tmp_path, [group])
    pairs = [
        (row["chosen"][0]["content"], row["rejected"][0]["content"]) for row in rows(build, "preference")
    ]
    assert pairs == [("longer", "C")]
    assert [row["messages"][-1]["content"] for row in rows(build, "sft")] == ["longer"]
