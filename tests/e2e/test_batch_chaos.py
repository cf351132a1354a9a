"""Killed at random moments while batches are out: none is made twice, and the ledger ends as a calm run's."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from support.batch_server import BatchScript, BatchServer
from support.chaos import Chaos, assert_equal, calm_run, folders
from support.recipes import write_sums

KILLS = 12
UNTIL = {"until": {"pass": 3, "fail": 3}, "max_n": 12}


def write(folder: Path, url: str, count: int = 30, **sample: Any) -> None:
    engine = {
        "type": "batch",
        "base_url": url,
        "model": "m",
        "max_n": 8,
        "max_requests": 15,
        "gather": 0.2,
        "poll": 0.1,
        "retries": 100,  # of lines that are broken, or whose batch expires, one would fail for good at times
    }
    write_sums(folder, count=count, sample={"engine": engine, "max_tokens": 64, **UNTIL, **sample})


def left_over(folder: Path) -> list[Path]:
    return list((folder / "runs/sums/batches").iterdir())


@pytest.mark.parametrize(
    "trouble",
    [{}, {"cuts": 0.1, "broken": 0.15, "endings": ("completed", "expired", "cancelled", "expired") * 9}],
    ids=["calm", "faulty"],
)
def test_killed_at_random(tmp_path: Path, trouble: dict[str, Any]) -> None:
    """The provider counts: what it was paid for once is never asked for again."""
    with BatchServer(BatchScript(took=0.3)) as server:

        def make(folder: Path) -> None:
            server.forget()
            write(folder, server.url)

        calm = next(folders(tmp_path, make))
        seconds = calm_run(calm)
        server.script = BatchScript(took=0.3, **trouble)

        def check(folder: Path) -> None:
            assert not server.paid or max(server.paid.values()) == 1

        chaotic = tmp_path / "chaotic"
        chaotic.mkdir()
        chaos = Chaos(seconds, random.Random(5), folders(chaotic, make), after_each=check)
        chaos.go(KILLS)
    assert_equal(chaos.finished, calm)
    assert not any(left_over(folder) for folder in [calm, *chaos.finished])
