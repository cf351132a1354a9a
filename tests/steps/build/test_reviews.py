"""A build that honours reviews: the rows, who decided them, what changed since; in parts as at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.ledgers import FINGERPRINT, SAMPLING, problem_of, write_ledger
from support.reviews import compared, said

from winnow.steps.build.config import BuildConfig
from winnow.steps.build.datasets import Build, build_datasets
from winnow.steps.build.reading import read_built
from winnow.steps.ledger import Ledger
from winnow.steps.report.changes import changes

PROBLEMS = 12


def key(problem: int, index: int) -> str:
    return SAMPLING.key(problem_of(problem).id, index)


def opinions() -> list[Any]:
    """Problem 0: the right one is wrong; 1: the wrong one is right; 2: the pair is the other way round; 3: a
    tie; 4: both agree; 5: people like the pair; of the others nobody said a thing."""
    ids = [problem_of(at).id for at in range(PROBLEMS)]
    return [
        said(ids[0], key(0, 0), "ann", False),
        said(ids[1], key(1, 1), "ann", True),
        compared(ids[2], key(2, 0), key(2, 1), "ann", key(2, 1)),
        said(ids[3], key(3, 0), "ann", True),
        said(ids[3], key(3, 0), "bob", False),
        said(ids[4], key(4, 0), "ann", True),
        said(ids[4], key(4, 0), "bob", True),
        compared(ids[5], key(5, 0), key(5, 1), "ann", key(5, 0)),
    ]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run whose problems have an answer that passed and one that failed."""
    write_ledger(
        tmp_path / "ledger", [[("p", f"right {at}"), ("f", f"wrong {at}")] for at in range(PROBLEMS)]
    )
    (tmp_path / "manifest.json").write_text("{}")
    return tmp_path


def built(run: Path, rule: str | None, parts: int = 1_000_000, **more: Any) -> Build:
    config = {"sft": {}, "preference": {}, "kto": {}, "candidates": {}, "stepwise": {}, "grpo": {}, **more}
    reviews = {"reviews": {"rule": rule}} if rule else {}
    told = BuildConfig.model_validate({**config, **reviews})
    return build_datasets(Ledger(run / "ledger"), FINGERPRINT, told, run, part_rows=parts)


def rows(build: Build, kind: str) -> pl.DataFrame:
    return pl.read_parquet(build.folder / kind / "*.parquet")


def answers(build: Build) -> dict[str, str]:
    """By the text of each answer of `sft`, who decided."""
    told = rows(build, "sft")
    texts = told["messages"].list.last().struct.field("content")
    return dict(zip(texts, told["decided_by"], strict=True))


def test_override(run: Path) -> None:
    Ledger(run / "ledger").commit({"reviews": opinions()})
    build = built(run, "override")
    told = answers(build)
    assert told.pop("wrong 1") == told.pop("right 4") == "people"
    others = {at for at in range(PROBLEMS) if at not in (0, 3, 4)}
    assert told == {f"right {at}": "verifier" for at in others}
    four = rows(build, "sft").filter(pl.col("decided_by") == "people").sort("source_id")
    assert four["reviewers"].to_list() == [1, 2]
    assert four["reviewed_by"].to_list() == [["ann"], ["ann", "bob"]]
    assert four["verdict"].to_list() == ["fail", "pass"]
    pairs = {row["id"]: row for row in rows(build, "preference").iter_rows(named=True)}
    assert f"{key(2, 0)}-{key(2, 1)}" not in pairs
    turned = pairs[f"{key(2, 1)}-{key(2, 0)}"]
    assert turned["chosen"][0]["content"] == "wrong 2"
    assert (turned["decided_by"], turned["reviewed_by"]) == ("people", ["ann"])
    assert pairs[f"{key(5, 0)}-{key(5, 1)}"]["decided_by"] == "people"
    assert not {problem_of(at).id for at in (0, 1, 3)} & {row["problem_id"] for row in pairs.values()}


def test_drop_on_disagreement(run: Path) -> None:
    Ledger(run / "ledger").commit({"reviews": opinions()})
    build = built(run, "drop_on_disagreement")
    assert sorted(answers(build)) == sorted(f"right {at}" for at in range(PROBLEMS) if at not in (0, 3))
    problems = set(rows(build, "preference")["source_id"])
    assert problems == {problem_of(at).source_id for at in range(PROBLEMS) if at not in (0, 1, 2, 3)}


def test_only_reviewed(run: Path) -> None:
    Ledger(run / "ledger").commit({"reviews": opinions()})
    build = built(run, "only_reviewed")
    assert answers(build) == {"wrong 1": "people", "right 4": "people"}
    pairs = rows(build, "preference")
    assert sorted(pairs["id"]) == sorted([f"{key(2, 1)}-{key(2, 0)}", f"{key(5, 0)}-{key(5, 1)}"])
    assert set(pairs["decided_by"]) == {"people"}
    assert set(rows(build, "kto")["decided_by"]) == {"people"}


def test_reviews_without_a_rule_change_nothing(run: Path) -> None:
    before = built(run, None)
    Ledger(run / "ledger").commit({"reviews": opinions()})
    after = built(run, None)
    assert (before.id, before.files, before.told) == (after.id, after.files, after.told)
    assert "decided_by" not in rows(after, "sft").columns


@pytest.mark.parametrize("rule", ["override", "drop_on_disagreement", "only_reviewed"])
def test_in_parts_as_at_once_whatever_the_order(run: Path, tmp_path: Path, rule: str) -> None:
    Ledger(run / "ledger").commit({"reviews": opinions()})
    whole = built(run, rule)
    found = {kind: rows(whole, kind).sort("id") for kind in whole.datasets if whole.rows(kind)}
    parts = built(run, rule, parts=4)
    assert whole.figures == parts.figures
    for kind, frame in found.items():
        assert rows(parts, kind).sort("id").equals(frame), kind
    other = tmp_path / "other"
    groups = [[("p", f"right {at}"), ("f", f"wrong {at}")] for at in range(PROBLEMS)]
    ledger = write_ledger(other / "ledger", groups, backwards=True)
    for row in opinions()[::-1]:
        ledger.commit({"reviews": [row]})
    assert built(other, rule, parts=4).files == parts.files


def test_diff_tells_what_was_reviewed(run: Path) -> None:
    built(run, "override")
    Ledger(run / "ledger").commit({"reviews": opinions()})
    built(run, "override")
    after = read_built(run / "datasets", owner=run)
    assert after.previous is not None
    found = changes(after.previous, after)
    assert found["sft"].went == {"reviewed": 2}  # of 0 and 3
    assert found["sft"].came == {"reviewed": 1}
    assert found["preference"].went == {"reviewed": 4}
    assert found["preference"].came == {"reviewed": 1}
    assert found["sft"].same == PROBLEMS - 2
    built(run, None)
    last = read_built(run / "datasets", owner=run)
    assert last.previous is not None
    assert changes(last.previous, last)["sft"].came == {"reviewed": 2}
    assert json.dumps(found["sft"].told)


def test_a_rule_that_leaves_out_what_nobody_reviewed_is_a_rule(run: Path) -> None:
    Ledger(run / "ledger").commit({"reviews": opinions()})
    built(run, "override")
    built(run, "only_reviewed")
    after = read_built(run / "datasets", owner=run)
    assert after.previous is not None
    assert changes(after.previous, after)["sft"].went == {"rule of the recipe changed": PROBLEMS - 3}
