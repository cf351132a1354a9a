"""Labelled steps in the forms of others: what is written says the same, and what cannot be said is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.builds import sft_row, write_build

from winnow.steps.errors import UsageError
from winnow.steps.export.steps import export_steps
from winnow.steps.process.formats import FORMATS, read_chains


def row(at: int, *steps: str, good: int) -> dict[str, Any]:
    """The first `good` of the steps are."""
    labels = [place < good for place in range(len(steps))]
    return {
        "prompt": f"question {at}",
        "completions": list(steps),
        "labels": labels,
        "id": str(at),
        "verdict": "pass" if all(labels) else "fail",
        "reference": '{"answer":7}',
        "model": "m",
    }


ROWS = [
    row(0, "a", "b", good=2),
    row(1, "c", "d", "e", good=1),
    row(2, "f Step 1: \u043a\u0438\nx \u043a\u0438", good=0),
]


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_written_says_the_same(tmp_path: Path, name: str) -> None:
    built = write_build(tmp_path, {"stepwise": {"train": [ROWS[:2]], "test": [ROWS[1:2]]}})
    done = export_steps(built, FORMATS[name], tmp_path / "out")
    assert dict(done.rows) == {"train": 2, "test": 1} and not done.left_out
    found = list(read_chains(tmp_path / "out/train.jsonl", FORMATS[name]))
    firsts = [
        max((one for one in found if one.prompt == f"question {at}"), key=lambda one: len(one.steps))
        for at in (0, 1)
    ]
    assert [one.first_error for one in firsts] == [None, 1]
    assert firsts[0].stepwise == {"prompt": "question 0", "completions": ["a", "b"], "labels": [True, True]}
    assert firsts[1].steps[:2] == ("c", "d")
    before = (tmp_path / "out/train.jsonl").read_bytes()
    export_steps(built, FORMATS[name], tmp_path / "out")
    assert (tmp_path / "out/train.jsonl").read_bytes() == before


def test_what_cannot_be_said_is_told(tmp_path: Path) -> None:
    built = write_build(tmp_path, {"stepwise": {"train": [ROWS]}})
    done = export_steps(built, FORMATS["math_shepherd"], tmp_path / "out")
    assert dict(done.rows) == {"train": 2} and sum(done.left_out.values()) == 1


def test_a_build_without_steps(tmp_path: Path) -> None:
    built = write_build(tmp_path, {"sft": {"train": [[sft_row(0)]]}})
    with pytest.raises(UsageError, match="no dataset `stepwise`"):
        export_steps(built, FORMATS["prm800k"], tmp_path / "out")
