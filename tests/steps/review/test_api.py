"""What goes wrong at a server is told with its fix; what may pass is asked again; no key is ever shown."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from support.scripted_argilla import Answer, scripted

from winnow.steps.errors import MissingError, UsageError
from winnow.steps.review import api
from winnow.steps.review.api import Argilla, NotThere, all_of

KEY = "a-secret-key-of-mine"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "_PAUSE", 0.001)
    monkeypatch.setenv("ARGILLA_API_KEY", f"{KEY}\n")
    monkeypatch.delenv("ARGILLA_API_URL", raising=False)


def asked(url: str, method: str = "get", path: str = "me") -> Any:
    async def ask() -> Any:
        async with Argilla(url) as server:
            return await getattr(server, method)(path)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((401, {}), "does not take the key in ARGILLA_API_KEY"),
        ((403, {}), "has not the rights"),
        ((302, {}), "leads elsewhere"),
        ((422, {"detail": "no such thing"}), "no such thing"),
        ((200, "<html>"), "is no Argilla"),
        ((500, {}), "answers 500"),
        (None, "stopped answering.*Nothing is lost"),
    ],
)
def test_what_goes_wrong_is_told(answer: Answer, told: str) -> None:
    with scripted(lambda *_: answer) as url, pytest.raises(MissingError, match=f"(?s){told}") as raised:
        asked(url)
    assert KEY not in str(raised.value)


def test_nobody_there() -> None:
    with scripted(lambda *_: (200, {})) as url:
        pass
    with pytest.raises(MissingError, match="no Argilla answers"):
        asked(url)


def test_what_is_not_there_is_no_failure_of_the_server() -> None:
    with scripted(lambda *_: (404, {})) as url, pytest.raises(NotThere):
        asked(url)


@pytest.mark.parametrize("method", ["get", "put", "post"])
def test_only_what_may_be_repeated_is(method: str) -> None:
    calls: list[str] = []

    def answer(*_: Any) -> Answer:
        calls.append(method)
        return [None, (503, {}), (200, {"ok": 1})][min(len(calls), 3) - 1]

    with scripted(answer) as url:
        if method == "post":
            with pytest.raises(MissingError):
                asked(url, method)
            assert len(calls) == 1
        else:
            assert asked(url, method) == {"ok": 1}
            assert len(calls) == 3


def test_address_and_key_are_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingError, match="ARGILLA_API_URL is not set"):
        Argilla()
    monkeypatch.setenv("ARGILLA_API_URL", "argilla.example")
    with pytest.raises(UsageError, match="is no address"):
        Argilla()
    monkeypatch.setenv("ARGILLA_API_URL", "https://me:hidden@argilla.example")
    assert Argilla().shown == "https://argilla.example"
    monkeypatch.setenv("ARGILLA_API_KEY", " ")
    with pytest.raises(MissingError, match="ARGILLA_API_KEY is not set"):
        Argilla()


def test_the_first_that_fails_ends_all() -> None:
    done: list[int] = []

    async def one(number: int) -> None:
        await asyncio.sleep(0 if number == 1 else 5)
        if number == 1:
            raise MissingError("the first")
        done.append(number)

    with pytest.raises(MissingError, match="the first"):
        asyncio.run(all_of(one, range(9), 3))
    assert not done
