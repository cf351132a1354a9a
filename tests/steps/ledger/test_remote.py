"""A ledger by its URL: deltalake appends, and small files are merged."""

from __future__ import annotations

from pathlib import Path

import pytest
from deltalake import DeltaTable

from winnow.steps.ledger import Ledger, remote
from winnow.steps.ledger.schema import event_row


def test_a_ledger_at_a_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_COMMITS", 5)
    ledger = Ledger(f"file://{tmp_path}")
    for at in range(12):
        ledger.commit({"events": [event_row("k", str(at), {}, "r")]})
        ledger.tidy()
    assert sorted(ledger.scan("events").collect()["subject"], key=int) == [str(at) for at in range(12)]
    assert len(DeltaTable(f"file://{tmp_path}/events").file_uris()) == 3
