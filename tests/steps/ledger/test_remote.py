"""A ledger in an object store: nothing lost, nothing twice, whoever writes beside us and whatever dies."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest
from deltalake import DeltaTable
from support.store import Proxy, environment, place, reached

from winnow.steps.errors import MissingError
from winnow.steps.ledger import Ledger, log
from winnow.steps.ledger.remote import StoreFiles
from winnow.steps.ledger.schema import event_row
from winnow.steps.storage import patience
from winnow.steps.storage.bucket import Bucket
from winnow.steps.storage.url import options_of


@pytest.fixture
def url() -> Iterator[str]:
    with reached() as url:
        yield f"{url}/ledger"


def commit(ledger: Ledger, *subjects: str) -> None:
    ledger.commit({"events": [event_row("k", subject, {}, "r") for subject in subjects]})


def subjects(url: str) -> Counter[str]:
    return Counter(Ledger(url).scan("events").collect()["subject"])


def test_written_read_merged_and_travelled(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_FAN", 4)
    monkeypatch.setattr(StoreFiles, "checkpoint_every", 10)
    ledger = Ledger(url)
    assert ledger.height("events") == 0 and not ledger.versions()
    for at in range(11):
        commit(ledger, str(at))
        ledger.tidy()
    expected = Counter(map(str, range(11)))
    assert subjects(url) == expected
    assert (
        sum((Counter(rows.collect()["subject"]) for rows in ledger.batches("events")), Counter()) == expected
    )
    assert ledger.height("events") == 11
    assert ledger.versions() == {"events": 13}  # as many as were appended, and two that merged
    table = DeltaTable(f"{url}/events", storage_options=options_of())
    assert len(table.file_uris()) == 5
    assert any(".checkpoint" in name for name in Bucket(f"{url}/events").names("_delta_log/"))
    table.load_as_version(3)
    assert table.to_pyarrow_table().num_rows == 3


def test_compaction_beside_a_writer(url: str) -> None:
    ledger, other = Ledger(url), Ledger(url)
    for at in range(9):
        commit(ledger, str(at))
    assert other.compact() == {"events": 9}
    commit(ledger, "9")  # under a version that it has not seen coming
    assert subjects(url) == Counter(map(str, range(10)))


ENDLESS = """
import itertools, sys
from winnow.steps.ledger import Ledger, log
from winnow.steps.ledger.remote import StoreFiles
from winnow.steps.ledger.schema import event_row

log._FAN, StoreFiles.checkpoint_every = 3, 1000
ledger = Ledger(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for at in itertools.count():
    subjects = [f"{sys.argv[2]}-{at}", f"shared-{at}"]
    ledger.commit({"events": [event_row("k", one, {}, "r") for one in subjects]})
    print(at, flush=True)
    ledger.tidy()
"""


def test_two_processes_write_and_die(url: str) -> None:
    """They make the table at once, merge at every third commit, and are killed in the middle of something.
    What both write is there twice: the same key again is told from the first by whoever reads."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", ENDLESS, url, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in "ab"
    ]
    for writer in writers:
        assert writer.stdout and writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("go\n")
        writer.stdin.flush()
    told = [[writer.stdout.readline() for _ in range(12)] for writer in writers if writer.stdout]
    for writer in writers:
        writer.kill()
    for writer, lines in zip(writers, told, strict=True):
        lines += writer.communicate()[0].splitlines(keepends=True)
    found = subjects(url)  # when both have ended
    for name, lines in zip("ab", told, strict=True):
        acknowledged = {f"{name}-{line.strip()}" for line in lines if line.endswith("\n")}
        assert len(acknowledged) >= 12
        assert acknowledged <= set(found)
    assert {count for one, count in found.items() if not one.startswith("shared")} == {1}
    assert all(found[f"shared-{at}"] == 2 for at in range(12))


def test_an_answer_that_is_lost_is_no_second_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry was written, and nobody said so: asked again, the store says that the version is taken."""
    with Proxy() as proxy, reached(proxy.url):
        url, lost = f"{place()}/ledger", iter([True, True])
        ledger = Ledger(url)
        commit(ledger, "before")
        proxy.fault = lambda method, path: (
            "lost" if method == "PUT" and path.endswith(".json") and next(lost, False) else ""
        )
        commit(ledger, "once")
        assert [fault for _, _, fault in proxy.seen].count("lost") == 2
        assert ledger.versions() == {"events": 2}
        assert subjects(url) == Counter(["before", "once"])
        proxy.fault = lambda method, path: "gone"
        with monkeypatch.context() as hasty:
            hasty.setattr(patience, "PATIENCE", 0.2)
            with pytest.raises(
                MissingError, match=r"(?s)cannot be written: .* cannot be reached.*and run again"
            ):
                commit(ledger, "never")
        proxy.fault = lambda method, path: ""
        commit(ledger, "after")
        assert subjects(url) == Counter(["before", "once", "after"])


def test_reading_goes_on_when_the_store_is_back() -> None:
    with Proxy() as proxy, reached(proxy.url) as url:
        ledger = Ledger(f"{url}/ledger")
        commit(ledger, "one")
        faults = iter(["busy", "broken", "gone"])
        proxy.fault = lambda method, path: next(faults, "") if path.endswith(".parquet") else ""
        assert subjects(ledger.root) == Counter(["one"])
        faults = iter(["busy", "broken"])
        proxy.fault = lambda method, path: next(faults, "")
        assert ledger.height("events") == 1


def test_no_row_or_file_holds_a_secret(url: str) -> None:
    secrets = environment("").values()
    commit(Ledger(url), "one")
    bucket = Bucket(url)
    for name in bucket.names(""):
        assert not any(secret.encode() in (bucket.get(name) or b"") for secret in secrets if len(secret) > 6)
