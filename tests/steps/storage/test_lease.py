"""Who holds a place: one, until it lets go or is silent; whoever lost it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from support.store import reached

from winnow.steps.errors import LockedError
from winnow.steps.storage import lease
from winnow.steps.storage.bucket import Bucket
from winnow.steps.storage.lease import NAME, Lease, holder


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with reached() as url:
        yield Bucket(url)


def leased(bucket: Bucket, name: str, **more: Any) -> Lease:
    def told(other: Mapping[str, Any]) -> str:
        return f"process {other.get('name')}"

    calls: dict[str, Any] = {
        "is_dead": lambda other: False,
        "on_beat": lambda: None,
        "on_lost": lambda why: None,
    }
    return Lease(bucket, {"name": name}, told=told, **{**calls, **more})


def test_one_holds_it_and_the_next_after_it(bucket: Bucket) -> None:
    assert holder(bucket) is None
    with leased(bucket, "a"):
        assert (holder(bucket) or {})["name"] == "a"
        with (
            pytest.raises(LockedError, match=r"another run holds s3://.*: process a\. Wait"),
            leased(bucket, "b"),
        ):
            pass
        assert (holder(bucket) or {})["name"] == "a"
    assert holder(bucket) is None
    with leased(bucket, "b"):
        assert (holder(bucket) or {})["name"] == "b"


@pytest.mark.parametrize("before", ["nobody", "a holder that is dead"])
def test_of_many_that_come_at_once_one_has_it(bucket: Bucket, before: str) -> None:
    if before != "nobody":
        bucket.put(NAME, b'{"name": "x", "token": "old"}')
    both = threading.Barrier(6)

    def take(at: int) -> int:
        mine = leased(Bucket(bucket.url), str(at), is_dead=lambda other: other.get("name") == "x")
        both.wait()
        try:
            stack.enter_context(mine)
        except LockedError:
            return 0
        return 1

    with ExitStack() as stack, ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(take, range(6))) == 1


def test_a_silent_holder_is_succeeded_and_told(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    lost, beats, taken = threading.Event(), threading.Event(), threading.Event()
    why: list[str] = []

    def tell(reason: str) -> None:
        why.append(reason)
        lost.set()

    def be_silent() -> None:
        beats.set()
        taken.wait(60)

    monkeypatch.setattr(lease, "_EVERY", 0.05)
    with leased(bucket, "old", on_beat=be_silent, on_lost=tell):
        assert beats.wait(60)
        monkeypatch.setattr(lease, "SILENT", -10.0)
        with leased(bucket, "new"):
            taken.set()
            assert lost.wait(60)
            monkeypatch.setattr(lease, "SILENT", 60.0)
            assert why == ["was taken over by process new"]
        assert holder(bucket) is None
    assert holder(bucket) is None  # the old one touched nothing
