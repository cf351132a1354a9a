"""The Delta tables: what is committed is there, once, and survives a rewrite."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from winnow.steps.errors import MissingError
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.schema import TABLES, Sampling, completion_row, event_row, now, verdict_row
from winnow.steps.records import Candidate, Choice
from winnow.verifiers import Verdict, load


def rows(count: int, run: str = "r") -> dict[str, list[tuple[object, ...]]]:
    return {"events": [event_row("k", str(at), {"at": at}, run) for at in range(count)]}


def test_an_empty_ledger_has_its_columns(tmp_path: Path) -> None:
    for name, schema in TABLES.items():
        assert Ledger(tmp_path).scan(name).collect_schema().names() == schema.names


def test_what_is_committed_is_there(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.commit(rows(3))
    ledger.commit(rows(2, "s"))
    assert sorted(ledger.scan("events").collect()["subject"]) == ["0", "0", "1", "1", "2"]
    assert Ledger(tmp_path).versions() == {"events": 2}


def test_compaction_keeps_every_row(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    for at in range(20):
        ledger.commit(rows(5, str(at)))
    before = ledger.scan("events").sort("id").collect()
    assert ledger.compact() == {"events": 20}
    assert Ledger(tmp_path).scan("events").sort("id").collect().equals(before)
    assert ledger.compact() == {}
    ledger.commit(rows(1, "later"))
    assert ledger.scan("events").collect().height == 101


APPEND = """
import sys
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.schema import event_row

ledger = Ledger(sys.argv[1])
for at in range(10):
    ledger.commit({"events": [event_row("k", str(at), {}, sys.argv[2])]})
"""


def test_two_processes_may_append_at_once(tmp_path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", APPEND, str(tmp_path), name]) for name in "ab"]
    assert [writer.wait() for writer in writers] == [0, 0]
    assert Ledger(tmp_path).scan("events").collect()["id"].n_unique() == 20


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("")
    with pytest.raises(MissingError, match=r"ledger cannot be written.*\n.*run again"):
        Ledger(tmp_path / "ledger").commit(rows(1))


@pytest.mark.parametrize("name", ["a b", "a#b", "a?b", "ä", "日本", "a*b", "a+b", "a%"])
def test_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    ledger = Ledger(tmp_path / name)
    ledger.commit(rows(3))
    ledger.commit(rows(2, "s"))
    assert ledger.scan("events").collect().height == 5
    assert ledger.scan("events").select("subject").collect().height == 5


def test_a_table_that_was_made_and_not_filled_is_empty(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger._log("events")
    assert ledger.scan("events").collect().height == 0


def test_half_a_character_is_stored(tmp_path: Path) -> None:
    """A verifier may quote half of a surrogate pair; it once ended every run that came past it."""
    ledger, half = Ledger(tmp_path), "\ud83d"
    verdict = Verdict.failed(f"not {half}", extracted=half)
    ledger.commit(
        {
            "verdicts": [verdict_row("p", "c", verdict, load("number"), "f", "r", now())],
            "events": [event_row("columns", half, {half: [half]}, "r")],
        }
    )
    assert ledger.scan("verdicts").collect()["extracted"].to_list() == ["\ufffd"]
    assert ledger.scan("events").collect()["data"].to_list() == ['{"\ufffd":["\ufffd"]}']


def test_a_value_that_no_column_holds_is_told(tmp_path: Path) -> None:
    choice = Choice("text", tokens=10**30)
    row = completion_row("p", Candidate("c", 0, choice), Sampling("e", "p", "m", ("{}",)), "r", now())
    with pytest.raises(MissingError, match="completions"):
        Ledger(tmp_path).commit({"completions": [row]})
