"""Which groups a page shows, and what of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
from support.ledgers import FINGERPRINT, SAMPLING, VERIFIER, problem_of, write_ledger

from winnow.steps.ledger.schema import now, verdict_row
from winnow.steps.report.page import Shown
from winnow.steps.report.page.choice import chosen, shown_of
from winnow.steps.report.page.chunks import Beside
from winnow.steps.report.page.groups import LONGEST, put_groups
from winnow.verifiers.verdict import Verdict


def put(tmp_path: Path, groups: list[list[tuple[str, str]]], **kwargs: Any) -> dict[str, Any]:
    beside = Beside(tmp_path / "page", at_most=10**9)
    put_groups(Shown(write_ledger(tmp_path / "ledger", groups, **kwargs), FINGERPRINT), "0", beside, None)
    return {name: orjson.loads(told) for name, told in beside.inside.items()}


def test_a_group_has_everything_that_the_page_shows(tmp_path: Path) -> None:
    told = put(tmp_path, [[("p", "one"), ("f", "two"), ("c", "cut"), ("e", "broke")]])
    (group,) = told["0/00000"]
    assert group["source"] == "p0000" and group["family"] == "sums"
    assert group["prompt"] == [{"role": "user", "content": "question 0"}]
    assert orjson.loads(group["reference"]) == {"answer": 0}
    assert group["counts"] == {"n": 4, "pass": 1, "fail": 1, "error": 1, "flip": 0}
    first, second, third, fourth = group["candidates"]
    assert (first["index"], first["text"], first["status"], first["extracted"]) == (0, "one", "pass", "1")
    assert (second["status"], second["reason"]) == ("fail", "wrong")
    assert (third["status"], third["finish_reason"]) == ("skip", "length")
    assert fourth["status"] == "error"
    index = told["0/index"]
    assert index["id"] == [group["id"]] and index["line"] == ["question 0"] and index["chunk"] == [0]
    assert (index["n"], index["pass"], index["fail"], index["error"]) == ([4], [1], [1], [1])


def test_a_verdict_that_changed_is_told_and_the_last_one_counts(tmp_path: Path) -> None:
    ledger = write_ledger(tmp_path / "ledger", [[("p", "one"), ("f", "two")]])
    problem = problem_of(0).id
    again = Verdict.failed("on second thoughts")
    completion = SAMPLING.key(problem, 0)
    ledger.commit(
        {"verdicts": [verdict_row(problem, completion, again, VERIFIER, FINGERPRINT, "r", now() + 1)]}
    )
    beside = Beside(tmp_path / "page", at_most=10**9)
    put_groups(Shown(ledger, FINGERPRINT), "0", beside, None)
    (group,) = orjson.loads(beside.inside["0/00000"])
    assert group["candidates"][0]["status"] == "fail" and group["candidates"][0]["flip"] is True
    assert group["counts"] == {"n": 2, "pass": 0, "fail": 2, "error": 0, "flip": 1}


def test_the_same_ledger_gives_the_same_bytes(tmp_path: Path) -> None:
    groups = [[("p", f"right {at}"), ("f", f"wrong {at}")] for at in range(20)]
    assert put(tmp_path / "a", groups) == put(tmp_path / "b", groups, backwards=True)


def test_a_long_text_is_cut_and_says_so(tmp_path: Path) -> None:
    (group,) = put(tmp_path, [[("p", "x" * (LONGEST + 7))]])["0/00000"]
    assert len(group["candidates"][0]["text"]) == LONGEST and group["candidates"][0]["left_out"] == 7


def test_every_group_is_in_the_chunk_that_the_index_names(tmp_path: Path) -> None:
    told = put(tmp_path, [[("p", f"{at} " + "y" * 5_000), ("f", f"n{at}")] for at in range(200)])
    assert len(told) > 3
    for group, chunk in zip(told["0/index"]["id"], told["0/index"]["chunk"], strict=True):
        assert group in [one["id"] for one in told[f"0/{chunk:05}"]]


def test_nothing_sampled_is_no_group(tmp_path: Path) -> None:
    told = put(tmp_path, [])
    assert told == {"0/index": {key: [] for key in told["0/index"]}}


def test_a_large_run_shows_a_sample_of_every_kind(tmp_path: Path) -> None:
    rows = [
        {"problem": f"{at * 2654435761 % 2**32:08x}", "n": 10, "n_pass": at % 11 if at % 5 else 0}
        | {"n_fail": 0, "n_error": int(at % 100 == 0), "n_flip": 0}
        for at in range(5_000)
    ]
    groups = pl.DataFrame(rows)
    found = chosen(groups, 240)
    assert found.height == 240 and found["problem"].is_sorted() and found["problem"].n_unique() == 240
    assert found["n_error"].sum() == 50  # all of them: there are fewer than half of the sample
    rates = Counter(found.filter(pl.col("n_error") == 0)["n_pass"])
    assert set(rates) == set(range(11)) and max(rates.values()) - min(rates.values()) <= 1
    assert chosen(groups.sample(fraction=1, shuffle=True, seed=3), 240).equals(found)
    assert chosen(groups, None).height == chosen(groups, 5_000).height == 5_000


@pytest.mark.parametrize("limit", [1, 4, 8])
def test_of_many_candidates_each_status_keeps_its_share(limit: int) -> None:
    rows = [
        {"problem": "a", "completion": f"c{at:02}", "index": at, "status": "pass" if at < 8 else "fail"}
        for at in range(32)
    ]
    found = shown_of(pl.DataFrame(rows), limit)
    statuses = Counter(found["status"])
    assert found.height == limit and found["index"].is_sorted()
    assert abs(statuses["pass"] - limit / 4) < 1
    assert shown_of(pl.DataFrame(rows), None).height == 32
