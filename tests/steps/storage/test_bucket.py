"""Objects in a real store: made once, replaced by version, asked for again, and lost with a clear message."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.store import SECRET, Proxy, environment, place, reached

from winnow.steps.errors import MissingError
from winnow.steps.storage import patience
from winnow.steps.storage.bucket import Bucket


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with reached() as url:
        yield Bucket(url)


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    with Proxy() as proxy:
        for name, value in environment(proxy.url).items():
            monkeypatch.setenv(name, value)
        yield proxy


def test_of_many_that_make_an_object_one_does(bucket: Bucket) -> None:
    """Versions of a ledger hang on this: a store that only looks before it writes would let two win."""
    with ThreadPoolExecutor(8) as pool:
        for turn in range(5):
            others = [Bucket(bucket.url) for _ in range(8)]
            won = list(
                pool.map(lambda at, o=others, t=turn: o[at].create(f"race/{t}", str(at).encode()), range(8))
            )
            assert won.count(True) == 1
            assert bucket.get(f"race/{turn}") == str(won.index(True)).encode()


def test_of_many_that_replace_a_version_one_does(bucket: Bucket) -> None:
    """A lease hangs on this. Versions are told by content: what is written again is never the same."""
    bucket.put("count", b"0")
    with ThreadPoolExecutor(8) as pool:
        for turn in range(2):
            found = bucket.look("count")
            assert found is not None
            done = pool.map(
                lambda at, t=turn, v=found[1]: bucket.replace("count", b"%d by %d" % (t, at), v), range(8)
            )
            assert sum(done) == 1


def test_names(bucket: Bucket) -> None:
    for name in ("log/2", "log/1", "log/10", "logs"):
        bucket.put(name, b"")
    assert list(bucket.names("log/")) == ["log/1", "log/10", "log/2"]
    assert list(bucket.names("log/", after="log/1")) == ["log/10", "log/2"]
    bucket.drop("log/1", "never")
    assert bucket.get("log/1") is None


@pytest.mark.parametrize("fault", ["busy", "broken", "gone", "slow", "lost"])
def test_trouble_that_passes(proxy: Proxy, fault: str) -> None:
    """Also an answer that is lost: what was made is ours, and nobody else's."""
    bucket, left = Bucket(place()), {"PUT": 2, "GET": 2}

    def at_first(method: str, path: str) -> str:
        left[method] = left.get(method, 0) - 1
        return fault if left[method] >= 0 else ""

    bucket.get("warm")
    left.update(PUT=2, GET=2)
    proxy.fault = at_first
    assert bucket.create("entry", b"ours")
    assert bucket.get("entry") == b"ours"
    assert not bucket.create("entry", b"others'")
    assert [told for _, _, told in proxy.seen].count(fault) >= 2


def test_a_store_that_stays_away(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 0.3)
    bucket = Bucket(place())
    proxy.fault = lambda method, path: "busy"
    with pytest.raises(MissingError, match=r"s3://winnow/\S+: the store answers 503 SlowDown"):
        bucket.put("a", b"")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(MissingError, match="cannot be reached"):
        Bucket(place()).put("a", b"")


def test_who_may_not() -> None:
    told = []
    for login in ({"key": "nobody-is-this"}, {"secret": "wrong-" + SECRET[2:]}, {"key": "key-of-a-reader"}):
        with (
            reached(**login) as url,
            pytest.raises(MissingError, match="refuses these credentials") as refused,
        ):
            Bucket(url).put("a", b"")
        told.append(str(refused.value))
    with reached(), pytest.raises(MissingError, match="there is no bucket 'nonesuch'"):
        Bucket("s3://nonesuch/runs").get("a")
    assert not any(SECRET[2:] in one or "<" in one for one in [*told, str(refused.value)])


def test_an_endpoint_without_a_login(monkeypatch: pytest.MonkeyPatch) -> None:
    with reached() as url:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        with pytest.raises(MissingError, match="export AWS_ACCESS_KEY_ID"):
            Bucket(url).get("a")
        assert SECRET in os.environ["AWS_SECRET_ACCESS_KEY"]
