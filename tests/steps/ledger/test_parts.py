"""A ledger in parts: nothing is lost, nothing is there twice, and a problem's rows stay together."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from support.ledgers import Told, write_ledger

from winnow.steps.ledger import store
from winnow.steps.ledger.parts import Whole, among, cut, parts_of

GROUPS: list[Told] = [[("p", f"text {at}"), ("f", "no"), ("p", "yes")] for at in range(40)]
TABLES = {"problems": "id", "completions": "problem", "verdicts": "problem"}


@pytest.mark.parametrize("at_once", [7, 1000])
def test_every_row_is_in_one_part_with_its_problem(
    tmp_path: Path, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_READ_AT_ONCE", at_once)
    ledger = write_ledger(tmp_path / "ledger", GROUPS, backwards=True)
    parts = parts_of(ledger, tmp_path / "parts", rows=10)
    assert len(parts) == 12
    owners: list[set[str]] = [set() for _ in parts]
    for table, owner in TABLES.items():
        cut(ledger, table, parts)
        found = [part.scan(table).collect() for part in parts]
        assert pl.concat(found).sort("id").equals(ledger.scan(table).collect().sort("id"))
        for seen, rows in zip(owners, found, strict=True):
            seen |= set(rows[owner])
    assert sum(map(len, owners)) == len(GROUPS)


def test_only_what_is_wanted_is_cut(tmp_path: Path) -> None:
    ledger = write_ledger(tmp_path / "ledger", GROUPS)
    parts = parts_of(ledger, tmp_path / "parts", rows=50)
    cut(ledger, "verdicts", parts, keep=pl.col("status") == "fail", columns=[pl.col("id"), pl.col("status")])
    found = pl.concat([part.scan("verdicts").collect() for part in parts])
    assert found.columns == ["id", "status"]
    assert found.height == len(GROUPS)


def test_a_part_without_a_row_has_the_columns_all_the_same(tmp_path: Path) -> None:
    ledger = write_ledger(tmp_path / "ledger", GROUPS[:2])
    parts = parts_of(ledger, tmp_path / "parts", rows=1)
    cut(ledger, "completions", parts, columns=[pl.col("id")])
    assert [part.scan("completions").collect_schema().names() for part in parts] == [["id"]] * 6


def test_a_small_ledger_is_its_own_part(tmp_path: Path) -> None:
    ledger = write_ledger(tmp_path / "ledger", GROUPS)
    (part,) = parts_of(ledger, tmp_path / "parts")
    assert isinstance(part, Whole)
    part.add("chosen", pl.DataFrame({"completion": ["a"]}))
    assert part.scan("chosen").collect().height == 1
    assert part.scan("completions").collect().height == 3 * len(GROUPS)
    assert not (tmp_path / "parts").exists()


@pytest.mark.parametrize("share", [0, 3, 120])
def test_rows_of_many_keys(tmp_path: Path, share: int) -> None:
    ledger = write_ledger(tmp_path / "ledger", GROUPS)
    ids = ledger.scan("completions").collect()["id"]
    wanted = ids.sample(share, seed=1) if share else ids.clear()
    found = ledger.scan("completions").filter(among(wanted)).collect()["id"]
    assert set(found) == set(wanted)
