"""A ledger judged once more."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from support.ledgers import FINGERPRINT, write_ledger

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.view import flipped, last_verdicts
from winnow.steps.select.candidates import judged as selectable
from winnow.steps.verify.again import Judged, judge_again, sample_of
from winnow.verifiers import Status, VerifierPool, load

NUMBER = load("number").fingerprint


async def again(ledger: Ledger, completions: pl.Series | None = None) -> list[Judged]:
    pool = VerifierPool("number", workers=1)
    found = [one async for part in judge_again(ledger, pool, completions) for one in part]
    rows = [row for one in found if (row := one.row(pool, "later"))]
    ledger.commit({"verdicts": rows})
    return found


async def test_every_completion_is_judged_and_both_verdicts_stay(tmp_path: Path) -> None:
    # problem 0's answer is 0, problem 1's is 1; the verdicts there are another verifier's, and not all right
    ledger = write_ledger(tmp_path, [[("p", "it is 0"), ("f", "0"), ("e", "5")], [("p", "7"), ("c", "cut")]])
    found = await again(ledger)
    assert sorted(
        (one.source_id, one.index, one.before and one.before.status, one.after.status) for one in found
    ) == [
        ("p0000", 0, "pass", "pass"),
        ("p0000", 1, "fail", "pass"),
        ("p0000", 2, "error", "fail"),
        ("p0001", 0, "pass", "fail"),
        ("p0001", 1, "skip", "skip"),
    ]
    assert sum(one.flipped for one in found) == 2
    kept = ledger.scan("verdicts").collect()
    assert kept.group_by("fingerprint").len().sort("fingerprint")["len"].to_list() == [5, 5]
    assert last_verdicts(ledger).collect()["fingerprint"].unique().to_list() == [NUMBER]

    assert {one.by for one in await again(ledger)} == {NUMBER}
    assert ledger.scan("verdicts").collect().height == 10  # nothing new, nothing twice


async def test_what_one_verifier_judged_both_ways_is_in_no_dataset(tmp_path: Path) -> None:
    ledger = write_ledger(tmp_path, [[("p", "it is 0"), ("f", "1"), ("p", "0")]])
    ids = selectable(ledger, FINGERPRINT).sort("index").collect()["completion"].to_list()
    assert len(ids) == 3
    assert flipped(ledger, FINGERPRINT).collect().is_empty()
    once_more = write_ledger(tmp_path, [[("f", "it is 0"), ("f", "1"), ("p", "0")]])
    assert flipped(once_more, FINGERPRINT).collect()["completion"].to_list() == ids[:1]
    assert set(selectable(once_more, FINGERPRINT).collect()["completion"]) == set(ids[1:])


async def test_a_sample_is_of_what_was_proven_and_always_the_same(tmp_path: Path) -> None:
    ledger = write_ledger(
        tmp_path, [[("p", f"{at}"), ("f", "x"), ("e", "y"), ("s", "z")] for at in range(40)]
    )
    chosen = sample_of(ledger, FINGERPRINT, 10)
    assert chosen.to_list() == sample_of(ledger, FINGERPRINT, 10).to_list()
    assert len(set(chosen)) == 10
    assert len(sample_of(ledger, FINGERPRINT, 1000)) == 80
    found = await again(ledger, chosen)
    assert {one.completion for one in found} == set(chosen)
    assert {one.before.status for one in found if one.before} <= {Status.PASS, Status.FAIL}
