"""What a report tells of the last build, as it is read from its folder."""

from __future__ import annotations

import json
from pathlib import Path

from support.builds import pair_row, sft_row, write_build
from support.ledgers import FINGERPRINT, write_ledger

from winnow.steps.build.reading import read_built
from winnow.steps.report.report import Told, report_of


def test_rows_and_figures_are_those_of_the_manifest(tmp_path: Path) -> None:
    datasets = {"sft": {"train": [[sft_row(0), sft_row(1)]]}, "preference": {"train": [[pair_row(0)]]}}
    figures = {"sft": {"rows": 2, "problems": 2, "pass_rate": 0.25}, "preference": {"longer_is_chosen": 1}}
    manifest = write_build(tmp_path / "run", datasets).build.folder / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "figures": figures}))
    built = read_built(tmp_path / "run/datasets")
    ledger = write_ledger(tmp_path / "ledger", [[("p", "six words are in this one")]])
    kept = report_of(ledger, Told("run", "number", "1", FINGERPRINT, built=built)).kept
    assert [(one.dataset, one.rows, one.tokens_per_row, one.figures) for one in kept] == [
        ("preference", 1, 6, {"longer_is_chosen": 1}),
        ("sft", 2, 3, {"pass_rate": 0.25}),
    ]
