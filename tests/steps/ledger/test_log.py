"""Appends without a snapshot: nothing lost, nothing twice, and neither files nor memory grow with commits."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from deltalake import DeltaTable

from winnow.steps.ledger import Ledger, log
from winnow.steps.ledger.files import DiskFiles
from winnow.steps.ledger.log import Log
from winnow.steps.ledger.schema import TABLES, event_row, table_of

CONFIGURATION: dict[str, str | None] = {}


def opened(folder: Path) -> Log:
    return Log(DiskFiles(folder / "events"), TABLES["events"], CONFIGURATION)


def append(to: Log, *subjects: str) -> None:
    to.append(table_of("events", [event_row("k", subject, {}, "r") for subject in subjects]))


def subjects(root: Path) -> list[str]:
    return Ledger(root).scan("events").collect()["subject"].to_list()


def files(root: Path) -> list[str]:
    return DeltaTable(root / "events").file_uris()


def test_files_do_not_grow_with_commits(tmp_path: Path) -> None:
    """Each commit adds a file; with thousands of them a table could hardly be read while a run lasts."""
    written = opened(tmp_path)
    for at in range(300):
        append(written, str(at))
        written.tidy()
    assert sorted(subjects(tmp_path), key=int) == [str(at) for at in range(300)]
    assert len(files(tmp_path)) == 4 + 300 % 64
    assert DeltaTable(tmp_path / "events").version() == 300 + 4


def test_merged_files_are_merged_in_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_FAN", 4)
    written = opened(tmp_path)
    for at in range(64 + 16 + 4 + 1):
        append(written, str(at))
        written.tidy()
    assert len(files(tmp_path)) == 4
    assert Counter(subjects(tmp_path)) == Counter(map(str, range(85)))


def test_large_files_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_SMALL", 1)
    written = opened(tmp_path)
    for at in range(70):
        append(written, str(at))
        written.tidy()
    assert len(files(tmp_path)) == 70


def test_rows_of_merged_files_are_grouped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_GROUP", 1000)
    written = opened(tmp_path)
    for at in range(64):
        append(written, *(f"{at}-{one}" for one in range(3)))
    written.tidy()
    assert len(files(tmp_path)) == 1
    assert len(set(subjects(tmp_path))) == len(subjects(tmp_path)) == 192


def test_what_somebody_else_merged_is_not_merged_again(tmp_path: Path) -> None:
    written = opened(tmp_path)
    for at in range(64):
        append(written, str(at))
    DeltaTable(tmp_path / "events").optimize.compact()
    before = set((tmp_path / "events").iterdir())
    written.tidy()
    assert Counter(subjects(tmp_path)) == Counter(map(str, range(64)))
    assert set((tmp_path / "events").iterdir()) == before
    append(written, "later")
    assert "later" in subjects(tmp_path)


def test_a_version_that_is_taken_is_passed_over(tmp_path: Path) -> None:
    one, other = opened(tmp_path), opened(tmp_path)
    for at in range(70):
        append(one, f"a{at}")
        append(other, f"b{at}")
        one.tidy()
        other.tidy()
    assert Counter(subjects(tmp_path)) == Counter([f"{name}{at}" for name in "ab" for at in range(70)])


def test_a_log_is_summed_up_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DiskFiles, "checkpoint_every", 10)
    written = opened(tmp_path)
    for at in range(25):
        append(written, str(at))
        written.tidy()
    assert len(list((tmp_path / "events/_delta_log").glob("*.checkpoint*.parquet"))) == 2
    assert len(subjects(tmp_path)) == 25


def test_what_cannot_be_merged_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Merging needs room on the disk; a run does not end for want of it."""
    ledger = Ledger(tmp_path)
    for at in range(64):
        ledger.commit({"events": [event_row("k", str(at), {}, "r")]})

    def full(log: Log, groups: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Log, "_write", full)
        ledger.tidy()
    ledger.commit({"events": [event_row("k", "64", {}, "r")]})
    ledger.tidy()
    assert Counter(subjects(tmp_path)) == Counter(map(str, range(65)))


ENDLESS = """
import itertools, sys
from winnow.steps.ledger import Ledger, log
from winnow.steps.ledger.files import DiskFiles
from winnow.steps.ledger.schema import event_row

log._FAN, DiskFiles.checkpoint_every = 3, 20
ledger = Ledger(sys.argv[1])
for at in itertools.count():
    subject = f"{sys.argv[2]}-{at}"
    ledger.commit({"events": [event_row("k", subject, {}, "r")]})
    print(subject, flush=True)
    ledger.tidy()
"""


def test_killed_at_any_moment_two_writers_lose_nothing(tmp_path: Path) -> None:
    """Merging at every third commit, so that most of them die in the middle of a merge or beside one."""
    dice, acknowledged = random.Random(3), set[str]()
    for turn in range(5):
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", ENDLESS, str(tmp_path), f"{name}{turn}"],
                stdout=subprocess.PIPE,
                text=True,
            )
            for name in "ab"
        ]
        told: list[str] = []
        for writer in writers:
            assert writer.stdout is not None
            told += [writer.stdout.readline() for _ in range(dice.randint(5, 30))]
        for writer in writers:
            writer.kill()
        for writer in writers:
            told += writer.communicate()[0].splitlines(keepends=True)
        acknowledged |= {line.strip() for line in told if line.endswith("\n")}
        found = Counter(subjects(tmp_path))
        assert acknowledged <= set(found)
        assert set(found.values()) == {1}


GROWTH = """
import sys
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.schema import event_row, now, verdict_row
from winnow.verifiers import Verdict, load

def resident():
    with open("/proc/self/status") as told:
        return next(int(line.split()[1]) for line in told if line.startswith("VmRSS")) // 1000

ledger, verifier = Ledger(sys.argv[1]), load("number")
tidy = getattr(ledger, "tidy", lambda: None)
for at in range(500):
    if at == 100:
        before = resident()
    one = verdict_row("p", str(at), Verdict.passed(), verifier, "f", "r", now())
    ledger.commit({"verdicts": [one] * 20, "events": [event_row("k", str(at), {}, "r")] * 20})
    tidy()
print(resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow_with_commits(tmp_path: Path) -> None:
    """Two tables took 30 MB in 400 commits, while a snapshot of each was held."""
    done = subprocess.run(
        [sys.executable, "-c", GROWTH, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 15
