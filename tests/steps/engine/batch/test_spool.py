"""What is remembered is there as a whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from winnow.steps.engine.batch.spool import Record, Spool, count_out, records_of
from winnow.steps.errors import MissingError


def test_from_the_first_request_to_the_end(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "batches")
    assert (spool.open(), count_out(spool.folder)) == ([], 0)
    name, file = spool.begin()
    file.write(b"{}\n")
    record = Record(name, "http://x/v1", "parameters", 1)
    spool.seal(record, file)
    assert spool.requests(name).read_bytes() == b"{}\n"
    record.file, record.batch = "file-1", "batch-1"
    spool.save(record)
    assert spool.open() == [record]
    assert count_out(spool.folder) == 1
    for path in spool.results(name):
        path.write_bytes(b"")
    record.created, record.fetched = 100.0, 160.0
    spool.save(record)
    assert (count_out(spool.folder), record.seconds) == (0, 60.0)
    spool.drop(name)
    assert list(spool.folder.iterdir()) == []


def test_what_was_not_finished_is_dropped(tmp_path: Path) -> None:
    """Requests that still gathered, or whose record was not written: none of them was sent."""
    spool = Spool(tmp_path)
    spool.open()
    _, file = spool.begin()
    file.close()
    (tmp_path / "x.requests").write_bytes(b"{}\n")
    (tmp_path / "x.part").write_bytes(b"{")
    assert spool.open() == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "batches").write_text("")
    with pytest.raises(MissingError, match="cannot be written"):
        Spool(tmp_path / "batches").open()
    assert records_of(tmp_path / "nowhere") == []
